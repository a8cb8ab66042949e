/** What can be done to one message, over it: six reactions and more of them, then words. */
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import type { Result } from '#contracts/errors.ts'
import type { ChatId, MessageView } from '#contracts/ui.ts'
import { useAnnounce } from '../../components/Announcer.tsx'
import { Button } from '../../components/Button.tsx'
import { Icon } from '../../components/Icon.tsx'
import { Later, part } from '../../components/Later.tsx'
import { Item, Items, Menu, useMenu } from '../../components/Menu.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import { MessageFacts } from './MessageFacts.tsx'
import css from './MessageMenu.module.css'

const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🙏']
const PICKER = part(() => import('./EmojiPicker.tsx').then((its) => its.EmojiPicker))

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
  const [page, setPage] = useState<'menu' | 'emoji' | 'info' | 'delete'>('menu')
  // Another size, another place: once when the page changes, once when its facts are here.
  const [known, setKnown] = useState(false)
  const menu = useMenu(beside, message.mine, `${page}${known}`, props.onClose)
  const onClose = menu.close

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
    <Menu
      menu={menu}
      name={page === 'delete' ? t.deleteMessageTitle : page === 'info' ? t.messageInfo : t.messageActions}
      {...(page === 'menu' ? {} : { onBack: () => setPage('menu') })}
    >
      {page === 'menu' && (
        <Items name={t.messageActions}>
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
          {!message.deleted && <Item icon="info" words={t.info} onClick={() => setPage('info')} />}
          <Item icon="trash" words={t.deleteMessage} danger onClick={() => setPage('delete')} />
        </Items>
      )}
      {page === 'emoji' && <Later part={PICKER} props={{ onPick: toggle }} waiting={<div className={css.waiting} />} />}
      {page === 'info' && (
        <div className={css.delete}>
          <h2>{t.messageInfo}</h2>
          <MessageFacts chat={chat} message={message} onKnown={setKnown} />
          <Buttons>
            <Button look="plain" wide onClick={onClose}>
              {t.close}
            </Button>
          </Buttons>
        </div>
      )}
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
    </Menu>
  )
}

const mineOf = ({ reactions = [] }: MessageView): readonly string[] => reactions.filter(({ mine }) => mine).map(({ emoji }) => emoji)

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
