/** Where a message is written. Grows with it; Enter sends, Shift+Enter breaks the line. */
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { ChatId } from '#contracts/ui.ts'
import { draftOf, keepDraft } from '../state/drafts.ts'
import { useMessenger } from '../state/session.tsx'
import { utf8Length } from '../text/bytes.ts'
import { t } from '../text/index.ts'
import { IconButton } from './Button.tsx'
import css from './Composer.module.css'
import { ErrorLine } from './ErrorLine.tsx'

export const MESSAGE_FIELD_ID = 'message-field'

export function Composer({ chat }: { readonly chat: ChatId }) {
  const messenger = useMessenger()
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(() => draftOf(chat))
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const over = text.length > LIMITS.textBytes / 4 ? utf8Length(text) - LIMITS.textBytes : 0
  const empty = text.trim() === ''

  useEffect(() => keepDraft(chat, text), [chat, text])
  useLayoutEffect(() => grow(field.current, text), [text])
  useEffect(() => {
    // A keyboard that opens by itself would hide half of a phone's screen.
    if (matchMedia('(pointer: fine)').matches) field.current?.focus({ preventScroll: true })
  }, [])

  const send = async (): Promise<void> => {
    if (empty || over > 0) return
    setText('')
    setFailed(null)
    field.current?.focus()
    const result = await messenger.send(chat, text)
    if (result.ok) return
    setFailed(result.code)
    setText((typed) => (typed === '' ? text : `${text}\n${typed}`))
  }

  const key = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    void send()
  }

  return (
    <form
      className={css.composer}
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      {failed && <ErrorLine code={failed} before={t.notSent} />}
      {over > 0 && (
        <p className={css.over} role="alert">
          {t.tooLong(over)}
        </p>
      )}
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
            onChange={(event) => setText(event.target.value)}
            onKeyDown={key}
            enterKeyHint="send"
            autoComplete="off"
          />
        </div>
        <IconButton type="submit" name={t.send} icon="send" filled disabled={empty || over > 0} />
      </div>
    </form>
  )
}

/** As high as its text; style sets the most. */
function grow(area: HTMLTextAreaElement | null, text: string): void {
  if (!area) return
  area.style.blockSize = ''
  if (text !== '') area.style.blockSize = `${area.scrollHeight}px`
}
