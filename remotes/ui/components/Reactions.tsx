/** The reactions under a message: each emoji a switch, named with everybody whose it is. */
import type { MessageView, ReactionView } from '#contracts/ui.ts'
import { useActs } from '../state/acts.ts'
import { t } from '../text/index.ts'
import { listed } from '../text/lists.ts'
import css from './Reactions.module.css'

/** Names that are told; the rest is counted. */
const NAMES = 12

export function Reactions({
  message,
  stop,
}: {
  readonly message: MessageView
  /** Whether Tab comes by here. */
  readonly stop: boolean
}) {
  const { react } = useActs()
  return (
    // Out of the log's live region: who reacts is seen, not told.
    <div className={`${css.reactions} ${message.mine ? css.mine : ''}`} aria-live="off">
      {message.reactions?.map((reaction) => (
        <button
          key={reaction.emoji}
          type="button"
          className={css.chip}
          aria-pressed={reaction.mine}
          aria-label={t.reactionOf(reaction.emoji, countOf(reaction), listed(namesOf(reaction)))}
          title={listed(namesOf(reaction))}
          tabIndex={stop ? 0 : -1}
          onClick={({ currentTarget }) => {
            // With the last of them the switch goes, and the keyboard must not go with it.
            if (reaction.mine && reaction.names.length === 0) currentTarget.closest('article')?.focus({ preventScroll: true })
            react(message.id, reaction.emoji, !reaction.mine)
          }}
        >
          <span className={css.emoji}>{reaction.emoji}</span>
          <span className={css.count}>{countOf(reaction)}</span>
        </button>
      ))}
    </div>
  )
}

const countOf = ({ mine, names }: ReactionView): number => names.length + (mine ? 1 : 0)

function namesOf({ mine, names }: ReactionView): readonly string[] {
  const all = mine ? [t.you, ...names] : names
  return all.length <= NAMES ? all : [...all.slice(0, NAMES), t.andMore(all.length - NAMES)]
}
