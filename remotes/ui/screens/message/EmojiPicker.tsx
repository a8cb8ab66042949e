/** More emoji, found by a word or by looking. Loaded when it is first opened. */
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { t } from '../../text/index.ts'
import { plain } from '../../text/lists.ts'
import { EMOJI, type EmojiGroup } from './emoji.ts'
import css from './EmojiPicker.module.css'

const GROUPS = Object.keys(EMOJI) as readonly EmojiGroup[]

export function EmojiPicker({ onPick }: { readonly onPick: (emoji: string) => void }) {
  const [wanted, setWanted] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const picker = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const headings = useId()
  useLayoutEffect(() => field.current?.focus(), [])
  const words = plain(wanted.trim())
  const groups = useMemo(
    () =>
      GROUPS.map((group) => ({ group, found: EMOJI[group].filter(({ words: its }) => words === '' || its.includes(words)) })).filter(
        ({ found }) => found.length > 0,
      ),
    [words],
  )

  // The arrows are those of the field and of all buttons under it.
  useEffect(() => {
    const box = picker.current
    const walk = (event: KeyboardEvent): void => {
      if (box && list.current) walkEmoji(event, box, list.current, field.current)
    }
    box?.addEventListener('keydown', walk)
    return () => box?.removeEventListener('keydown', walk)
  }, [])

  return (
    <div ref={picker} className={css.picker}>
      <input
        ref={field}
        type="search"
        className={css.field}
        aria-label={t.findEmoji}
        placeholder={t.findEmoji}
        value={wanted}
        maxLength={40}
        autoComplete="off"
        onChange={(event) => setWanted(event.target.value)}
        onKeyDown={(event) => {
          const first = groups[0]?.found[0]
          if (event.key === 'Enter' && words !== '' && first && !event.nativeEvent.isComposing) onPick(first.emoji)
        }}
      />
      <div ref={list} className={css.list}>
        {groups.length === 0 && <p className={css.none}>{t.noEmoji}</p>}
        {groups.map(({ group, found }, g) => (
          <section key={group} aria-labelledby={`${headings}${group}`}>
            <h3 id={`${headings}${group}`} className={css.group}>
              {t.emojiGroups[group]}
            </h3>
            <div className={css.grid}>
              {found.map(({ emoji }, i) => (
                <button
                  key={emoji}
                  type="button"
                  className={css.emoji}
                  aria-label={t.reactWith(emoji)}
                  tabIndex={g === 0 && i === 0 ? 0 : -1}
                  onClick={() => onPick(emoji)}
                >
                  {emoji}
                </button>
              ))}
            </div>
          </section>
        ))}
      </div>
    </div>
  )
}

/** Arrows walk the emoji as they stand on the screen; up from the first line is the field. */
function walkEmoji(event: KeyboardEvent, box: HTMLElement, list: HTMLElement, field: HTMLElement | null): void {
  const all = [...list.querySelectorAll('button')]
  const here = all.indexOf(document.activeElement as HTMLButtonElement)
  if (here < 0 && event.key === 'ArrowDown') {
    event.preventDefault()
    all[0]?.focus()
    return
  }
  const rtl = getComputedStyle(box).direction === 'rtl'
  const step = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[event.key]
  if (here < 0 || (step === undefined && event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
  event.preventDefault()
  const to = step === undefined ? beside(all, here, event.key === 'ArrowDown' ? 1 : -1) : all[here + step]
  if (to) to.focus()
  else if (event.key === 'ArrowUp') field?.focus()
}

/** The nearest one in the next line up or down. */
function beside(all: readonly HTMLButtonElement[], here: number, step: 1 | -1): HTMLButtonElement | undefined {
  const from = all[here]?.getBoundingClientRect()
  if (!from) return undefined
  let line: number | null = null
  let best: { readonly button: HTMLButtonElement; readonly away: number } | null = null
  for (let i = here + step; i >= 0 && i < all.length; i += step) {
    const button = all[i]
    const box = button?.getBoundingClientRect()
    if (!button || !box || Math.abs(box.top - from.top) < 2) continue
    line ??= box.top
    if (Math.abs(box.top - line) >= 2) break
    const away = Math.abs(box.left - from.left)
    if (!best || away < best.away) best = { button, away }
  }
  return best?.button
}
