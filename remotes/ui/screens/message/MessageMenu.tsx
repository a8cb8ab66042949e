/**
 * What can be done to one message, over it: six reactions and more of them, then words. A menu beside the message where there
 * is room, a sheet from below on a phone. The native dialog keeps the focus and gives it back to the message.
 */
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import type { Result } from '#contracts/errors.ts'
import type { ChatId, MessageView } from '#contracts/ui.ts'
import { useAnnounce } from '../../components/Announcer.tsx'
import { Button } from '../../components/Button.tsx'
import { Icon, type IconName } from '../../components/Icon.tsx'
import { Later, part } from '../../components/Later.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import css from './MessageMenu.module.css'

const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🙏']
const PICKER = part(() => import('./EmojiPicker.tsx').then((its) => its.EmojiPicker))

/** Between the menu and the message, and the edge of the page. */
const GAP_PX = 8
/** Less than this is no use; then it lies over the message. */
const LEAST_PX = 320

export interface MessageMenuProps {
  readonly chat: ChatId
  readonly message: MessageView
  /** Where the message is on the screen. */
  readonly beside: DOMRect
  readonly canWrite: boolean
  /** Shows what failed; resolves to whether it worked. */
  readonly tried: (result: Promise<Result<unknown>>) => Promise<boolean>
  readonly onAct: (kind: 'reply' | 'edit') => void
  readonly onClose: () => void
}

export function MessageMenu(props: MessageMenuProps) {
  const { chat, message, beside, canWrite, tried, onAct } = props
  const messenger = useMessenger()
  const announce = useAnnounce()
  const [page, setPage] = useState<'menu' | 'emoji' | 'delete'>('menu')
  const dialog = useDialog(beside, message.mine, page)
  const onClose = (): void => {
    // Here and not when it is taken off the page: React hears of no focus that comes back meanwhile.
    dialog.current?.close()
    props.onClose()
  }

  const done = async (result: Promise<Result<unknown>>, words: string): Promise<void> => {
    onClose()
    if (await tried(result)) announce(words)
  }
  const toggle = (emoji: string): void => {
    onClose()
    const on = !mineOf(message).includes(emoji)
    void tried(on ? messenger.react(chat, message.id, emoji) : messenger.unreact(chat, message.id, emoji))
  }
  const act = (kind: 'reply' | 'edit'): void => {
    onClose()
    onAct(kind)
  }
  const copy = (): void => {
    onClose()
    void navigator.clipboard.writeText(message.text).then(
      () => announce(t.textCopied),
      () => announce(t.notDone),
    )
  }
  const pin = (): void =>
    message.pinned ? void done(messenger.unpin(chat, message.id), t.wasUnpinned) : void done(messenger.pin(chat, message.id), t.wasPinned)
  const remove = (from: 'all' | 'me'): void => void done(messenger.remove(chat, message.id, from), t.wasDeleted)
  const open = canWrite && !message.deleted

  return (
    <dialog
      ref={dialog}
      className={css.menu}
      aria-label={page === 'delete' ? t.deleteMessageTitle : t.messageActions}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        event.stopPropagation()
        if (page === 'menu') onClose()
        else setPage('menu')
      }}
      onPointerDown={(event) => {
        if (event.target === dialog.current) onClose()
      }}
    >
      <div className={css.sheet}>
        {page === 'menu' && (
          <Items>
            {open && (
              <fieldset aria-label={t.reactGroup} className={css.quick} data-row>
                {QUICK.map((emoji) => (
                  <button
                    key={emoji}
                    type="button"
                    role="menuitemcheckbox"
                    aria-checked={mineOf(message).includes(emoji)}
                    aria-label={t.reactWith(emoji)}
                    tabIndex={-1}
                    className={css.emoji}
                    onClick={() => toggle(emoji)}
                  >
                    {emoji}
                  </button>
                ))}
                <button
                  type="button"
                  role="menuitem"
                  aria-label={t.moreEmoji}
                  title={t.moreEmoji}
                  tabIndex={-1}
                  className={css.more}
                  onClick={() => setPage('emoji')}
                >
                  <Icon name="plus" />
                </button>
              </fieldset>
            )}
            {open && <Item icon="reply" turns words={t.reply} onClick={() => act('reply')} />}
            {open && message.mine && <Item icon="pencil" words={t.edit} onClick={() => act('edit')} />}
            {!message.deleted && <Item icon="copy" words={t.copyText} onClick={copy} />}
            {open && <Item icon="pin" words={message.pinned ? t.unpin : t.pin} onClick={pin} />}
            <Item icon="trash" words={t.deleteMessage} danger onClick={() => setPage('delete')} />
          </Items>
        )}
        {page === 'emoji' && <Later part={PICKER} props={{ onPick: toggle }} waiting={<div className={css.waiting} />} />}
        {page === 'delete' && (
          <div className={css.delete}>
            <h2>{t.deleteMessageTitle}</h2>
            <p className={css.lead}>{open && message.mine ? t.deleteMessageOwnLead : t.deleteMessageLead}</p>
            <Buttons>
              {open && message.mine && (
                <Button look="danger" wide onClick={() => remove('all')}>
                  {t.deleteForAll}
                </Button>
              )}
              <Button look={open && message.mine ? 'quiet' : 'danger'} wide onClick={() => remove('me')}>
                {t.deleteForMe}
              </Button>
              <Button look="plain" wide onClick={() => setPage('menu')}>
                {t.cancel}
              </Button>
            </Buttons>
          </div>
        )}
      </div>
    </dialog>
  )
}

const mineOf = ({ reactions = [] }: MessageView): readonly string[] => reactions.filter(({ mine }) => mine).map(({ emoji }) => emoji)

/** Opens the dialog beside the message, and again when what is in it has another size. */
function useDialog(beside: DOMRect, mine: boolean, page: string) {
  const element = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    // The dialog took the focus to the menu itself; the first item was not shown yet when it asked for it.
    dialog?.querySelector<HTMLElement>('[role^=menuitem]')?.focus()
    return () => dialog?.close()
  }, [])
  useLayoutEffect(() => {
    const dialog = element.current
    if (!dialog || page === '') return
    // On the side where there is more room, and no larger than that: what it is about stays in sight.
    const above = beside.top - 2 * GAP_PX
    const under = innerHeight - beside.bottom - 2 * GAP_PX
    dialog.style.setProperty('--room', `${Math.max(above, under, LEAST_PX)}px`)
    const { inlineSize, blockSize } = { inlineSize: dialog.offsetWidth, blockSize: dialog.offsetHeight }
    const rtl = getComputedStyle(dialog).direction === 'rtl'
    // Own messages stand at the end of the line, and so does their menu.
    const left = mine === rtl ? beside.left : beside.right - inlineSize
    const below = beside.bottom + GAP_PX
    const top = blockSize <= under || under > above ? below : beside.top - GAP_PX - blockSize
    const within = (at: number, size: number, all: number): number => Math.max(GAP_PX, Math.min(at, all - size - GAP_PX))
    dialog.style.setProperty('--x', `${within(left, inlineSize, innerWidth)}px`)
    dialog.style.setProperty('--y', `${within(top, blockSize, innerHeight)}px`)
  }, [beside, mine, page])
  return element
}

/** The items of the menu: arrows walk them, the first has the focus. */
function Items({ children }: { readonly children: ReactNode }) {
  const menu = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => menu.current?.querySelector<HTMLElement>('[role^=menuitem]')?.focus(), [])
  const key = (event: KeyboardEvent<HTMLElement>): void => {
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^=menuitem]')]
    const here = all.indexOf(document.activeElement as HTMLElement)
    const rtl = getComputedStyle(event.currentTarget).direction === 'rtl'
    const inRow = all.filter((item) => item.closest('[data-row]')).length
    const row = here < inRow
    const next = {
      ArrowDown: row ? inRow : here + 1,
      ArrowUp: row ? all.length - 1 : here === inRow ? 0 : here - 1,
      ArrowRight: row ? here + (rtl ? -1 : 1) : here,
      ArrowLeft: row ? here - (rtl ? -1 : 1) : here,
      Home: 0,
      End: all.length - 1,
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    all[(next + all.length) % all.length]?.focus()
  }
  return (
    <div ref={menu} role="menu" aria-label={t.messageActions} tabIndex={-1} className={css.items} onKeyDown={key}>
      {children}
    </div>
  )
}

function Item({
  icon,
  words,
  turns = false,
  danger = false,
  onClick,
}: {
  readonly icon: IconName
  readonly words: string
  readonly turns?: boolean
  readonly danger?: boolean
  readonly onClick: () => void
}) {
  return (
    <button type="button" role="menuitem" tabIndex={-1} className={`${css.item} ${danger ? css.danger : ''}`} onClick={onClick}>
      <Icon name={icon} turns={turns} />
      <span>{words}</span>
    </button>
  )
}

/** The least that can go wrong has the focus. */
function Buttons({ children }: { readonly children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => [...(box.current?.querySelectorAll('button') ?? [])].at(-1)?.focus(), [])
  return (
    <div ref={box} className={css.buttons}>
      {children}
    </div>
  )
}
