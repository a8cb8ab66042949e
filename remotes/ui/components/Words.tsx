/** The text of a message, drawn: every part a text node, links with the host that they really lead to. */
import { memo } from 'react'
import { t } from '../text/index.ts'
import { blocksOf, type Part } from '../text/words.ts'
import css from './Words.module.css'

export const Words = memo(function Words({
  text,
  stop,
}: {
  readonly text: string
  /** Whether Tab comes by the links. */
  readonly stop: boolean
}) {
  return (
    <>
      {blocksOf(text).map(({ kind, at, parts }) => {
        const drawn = parts.map((part) => <PartView key={part.at} part={part} stop={stop} />)
        return kind === 'quote' ? (
          <span key={at} className={css.quote}>
            {drawn}
          </span>
        ) : (
          drawn
        )
      })}
    </>
  )
})

function PartView({ part, stop }: { readonly part: Part; readonly stop: boolean }) {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'mark':
      return (
        <span className={css.mark} aria-hidden="true">
          {part.text}
        </span>
      )
    case 'code':
      return <code className={css.code}>{part.text}</code>
    case 'strong':
      return <strong>{part.text}</strong>
    case 'em':
      return <em>{part.text}</em>
    case 'link':
      return (
        <>
          <a className={css.link} href={part.url} target="_blank" rel="noopener noreferrer nofollow" tabIndex={stop ? 0 : -1} dir="ltr">
            {part.text}
          </a>
          {part.host !== null && <span className={css.host}>{t.leadsTo(part.host)}</span>}
        </>
      )
  }
}
