/** What a message answers: who said it, and how it begins. A press leads there. */
import type { QuoteView } from '#contracts/ui.ts'
import { useActs } from '../state/acts.ts'
import { t } from '../text/index.ts'
import { Hidden } from './Hidden.tsx'
import { NameLine } from './Name.tsx'
import css from './Quote.module.css'

export function Quote({ quote, stop }: { readonly quote: QuoteView; readonly stop: boolean }) {
  const { jump } = useActs()
  const words = (
    <>
      {quote.state !== 'missing' && (
        <span className={css.who}>
          <NameLine>{quote.mine ? t.you : quote.authorName}</NameLine>
        </span>
      )}
      <span className={quote.state === 'there' ? css.said : css.gone}>{quoted(quote)}</span>
    </>
  )
  if (quote.state === 'missing') return <span className={css.quote}>{words}</span>
  return (
    <button type="button" className={css.quote} tabIndex={stop ? 0 : -1} onClick={() => jump(quote.id)}>
      <Hidden>{t.goToQuoted}: </Hidden>
      {words}
    </button>
  )
}

/** The words of a quote, or what stands in their place. */
export const quoted = ({ state, text, mine }: QuoteView): string =>
  state === 'there' ? text : state === 'missing' ? t.missingMessage : mine ? t.deletedOwn : t.deletedMessage
