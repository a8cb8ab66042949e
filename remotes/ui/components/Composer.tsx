/**
 * Where a message is written. Grows with it; Enter sends, Shift+Enter breaks the line. It may be an answer, or the new
 * words of a message of one's own: Esc leaves that, and what was being written before comes back.
 */
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { ChatId } from '#contracts/ui.ts'
import type { Acting } from '../state/acts.ts'
import { draftOf, useKeptDraft } from '../state/drafts.ts'
import { useMessenger, useView } from '../state/session.tsx'
import { utf8Length } from '../text/bytes.ts'
import { t } from '../text/index.ts'
import { IconButton } from './Button.tsx'
import css from './Composer.module.css'
import { ErrorLine } from './ErrorLine.tsx'
import { Icon } from './Icon.tsx'
import { Fill, Name } from './Name.tsx'

export const MESSAGE_FIELD_ID = 'message-field'

export function Composer({
  chat,
  acting,
  onActed,
  onEditLast,
}: {
  readonly chat: ChatId
  readonly acting: Acting | null
  /** It is done, or was given up. */
  readonly onActed: () => void
  /** The arrow up in an empty field. */
  readonly onEditLast: () => void
}) {
  const messenger = useMessenger()
  const kept = useView((view) => view.chats.find(({ id }) => id === chat)?.draft)
  const field = useRef<HTMLTextAreaElement>(null)
  const [draft, setDraft] = useState(() => draftOf(chat, kept))
  const [editing, setEditing] = useState<{ readonly acting: Acting; readonly text: string } | null>(null)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const isEdit = acting?.kind === 'edit'
  const text = !isEdit ? draft : editing?.acting === acting ? editing.text : acting.message.text
  const write = (next: string): void => (isEdit ? setEditing({ acting, text: next }) : setDraft(next))
  const over = text.length > LIMITS.textBytes / 4 ? utf8Length(text) - LIMITS.textBytes : 0
  const empty = text.trim() === ''

  useKeptDraft(chat, draft)
  useLayoutEffect(() => grow(field.current, text), [text])
  useEffect(() => {
    // A keyboard that opens by itself would hide half of a phone's screen.
    if (matchMedia('(pointer: fine)').matches) field.current?.focus({ preventScroll: true })
  }, [])
  useEffect(() => {
    if (!acting) return
    field.current?.focus({ preventScroll: true })
    field.current?.setSelectionRange(field.current.value.length, field.current.value.length)
  }, [acting])

  const leave = (): void => {
    setFailed(null)
    onActed()
    field.current?.focus({ preventScroll: true })
  }

  const saveEdit = async ({ message }: Acting): Promise<void> => {
    const result = await messenger.edit(chat, message.id, text)
    if (result.ok) leave()
    else setFailed(result.code)
  }

  const send = async (): Promise<void> => {
    if (empty || over > 0) return
    setFailed(null)
    field.current?.focus()
    if (isEdit) return saveEdit(acting)
    setDraft('')
    if (acting) onActed()
    const result = await (acting ? messenger.reply(chat, acting.message.id, text) : messenger.send(chat, text))
    if (result.ok) return
    setFailed(result.code)
    setDraft((typed) => (typed === '' ? text : `${text}\n${typed}`))
  }

  const key = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Escape' && acting) {
      event.preventDefault()
      leave()
    } else if (event.key === 'ArrowUp' && text === '' && !acting) {
      event.preventDefault()
      onEditLast()
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      void send()
    }
  }

  return (
    <form
      className={css.composer}
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      {failed && <ErrorLine code={failed} before={isEdit ? t.notDone : t.notSent} />}
      {over > 0 && (
        <p className={css.over} role="alert">
          {t.tooLong(over)}
        </p>
      )}
      {acting && <ActingLine acting={acting} onLeave={leave} />}
      <div className={css.line}>
        <div className={css.box}>
          <textarea
            ref={field}
            id={MESSAGE_FIELD_ID}
            className={css.field}
            rows={1}
            dir="auto"
            aria-label={t.message}
            placeholder={t.message}
            value={text}
            onChange={(event) => write(event.target.value)}
            onKeyDown={key}
            enterKeyHint="send"
            autoComplete="off"
          />
        </div>
        <IconButton
          type="submit"
          name={isEdit ? t.saveEdit : t.send}
          icon={isEdit ? 'check' : 'send'}
          filled
          disabled={empty || over > 0}
        />
      </div>
    </form>
  )
}

/** What is being answered or edited. */
function ActingLine({ acting: { kind, message }, onLeave }: { readonly acting: Acting; readonly onLeave: () => void }) {
  const isEdit = kind === 'edit'
  return (
    <div className={css.acting}>
      <Icon name={isEdit ? 'pencil' : 'reply'} turns={!isEdit} />
      <p className={css.about}>
        <span className={css.who}>
          {isEdit ? (
            t.editingMessage
          ) : message.mine ? (
            t.replyingToSelf
          ) : (
            <Fill text={t.replyingTo} name={<Name>{message.authorName}</Name>} />
          )}
        </span>
        <bdi className={css.words} dir="auto">
          {message.text}
        </bdi>
      </p>
      <IconButton name={isEdit ? t.cancelEdit : t.cancelReply} icon="close" onClick={onLeave} />
    </div>
  )
}

/** As high as its text; style sets the most. */
function grow(area: HTMLTextAreaElement | null, text: string): void {
  if (!area) return
  area.style.blockSize = ''
  if (text !== '') area.style.blockSize = `${area.scrollHeight}px`
}
