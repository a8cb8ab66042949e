/** A link to pass on: its code, the link itself, copy and share. The frame has its size before the link is there. */
import { useRef, useState } from 'react'
import { t } from '../text/index.ts'
import { useAnnounce } from './Announcer.tsx'
import { Button } from './Button.tsx'
import { Qr } from './Qr.tsx'
import css from './ShareLink.module.css'

export function ShareLink({
  url,
  hint,
  copiedHint,
  onGiven,
}: {
  /** null while it is being made. */
  readonly url: string | null
  /** How long it holds, and for whom. */
  readonly hint: string
  readonly copiedHint: string
  /** It was copied, or handed to another program. */
  readonly onGiven?: () => void
}) {
  const announce = useAnnounce()
  const field = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState<{ readonly url: string; readonly done: boolean } | null>(null)
  const done = copied !== null && copied.url === url ? copied.done : null

  const copy = async (): Promise<void> => {
    if (url === null) return
    field.current?.select()
    const worked = await navigator.clipboard.writeText(url).then(
      () => true,
      () => false,
    )
    setCopied({ url, done: worked })
    announce(worked ? copiedHint : t.copyByHand)
    onGiven?.()
  }
  const share = (): void => {
    // Rejects when the person changes their mind: nothing to tell.
    if (url !== null) void navigator.share({ url }).then(onGiven, () => undefined)
  }

  return (
    <>
      <div className={css.qr}>
        <Qr text={url} name={t.inviteQr} />
      </div>
      <input
        ref={field}
        className={css.link}
        aria-label={t.inviteLink}
        readOnly
        value={url ?? ''}
        placeholder={t.makingInvite}
        dir="ltr"
        onFocus={(event) => event.target.select()}
        onCopy={onGiven}
      />
      <div className={css.actions}>
        <Button look="primary" wide icon={done ? 'check' : 'copy'} disabled={url === null} onClick={() => void copy()}>
          {t.copyLink}
        </Button>
        {'share' in navigator && (
          <Button wide icon="share" disabled={url === null} onClick={share}>
            {t.share}
          </Button>
        )}
      </div>
      <p className={css.hint}>{url === null ? t.makingInvite : done === null ? hint : done ? copiedHint : t.copyByHand}</p>
    </>
  )
}
