/** The pinned messages, one at a time: the newest first, and with each press the one before it. */
import { useState } from 'react'
import type { MessageId, QuoteView } from '#contracts/ui.ts'
import { useActs } from '../state/acts.ts'
import { t } from '../text/index.ts'
import { IconButton } from './Button.tsx'
import { Icon } from './Icon.tsx'
import css from './PinnedBar.module.css'

export function PinnedBar({
  pins,
  onUnpin,
}: {
  readonly pins: readonly QuoteView[]
  /** null where this person may not write. */
  readonly onUnpin: ((id: MessageId) => void) | null
}) {
  const { jump } = useActs()
  const [back, setBack] = useState(0)
  const at = pins.length - 1 - (back % pins.length)
  const pin = pins[at]
  if (!pin) return null
  return (
    <section className={css.bar} aria-label={t.pinnedMessages}>
      <button
        type="button"
        className={css.pin}
        onClick={() => {
          jump(pin.id)
          setBack((back + 1) % pins.length)
        }}
      >
        <Icon name="pin" />
        <span className={css.words}>
          <span className={css.label}>{t.pinOf(at + 1, pins.length)}</span>
          <bdi className={css.text} dir="auto">
            {pin.text}
          </bdi>
        </span>
      </button>
      {onUnpin && <IconButton name={t.unpin} icon="close" onClick={() => onUnpin(pin.id)} />}
    </section>
  )
}
