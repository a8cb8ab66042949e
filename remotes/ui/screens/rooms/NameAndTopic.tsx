/** The two fields that a room is called by. */
import type { Ref } from 'react'
import { LIMITS } from '#contracts/limits.ts'
import { Field, LongField } from '../../components/Field.tsx'
import { utf8Length } from '../../text/bytes.ts'
import { t } from '../../text/index.ts'
import { nameProblem } from '../../text/names.ts'

export interface Named {
  readonly name: string
  readonly topic: string
}
interface Problems {
  readonly name: string | null
  readonly topic: string | null
}

export const problemsOf = ({ name, topic }: Named): Problems => ({
  name: nameProblem(name),
  topic: utf8Length(topic.trim()) > LIMITS.topicBytes ? t.tooManyWords : null,
})

export function NameAndTopic({
  named,
  problems,
  onChange,
  field,
}: {
  readonly named: Named
  readonly problems: Problems | null
  readonly onChange: (named: Named) => void
  readonly field: Ref<HTMLInputElement>
}) {
  return (
    <>
      <Field
        ref={field}
        label={t.roomName}
        error={problems?.name ?? null}
        value={named.name}
        onChange={(event) => onChange({ ...named, name: event.target.value })}
        dir="auto"
        autoComplete="off"
        autoCapitalize="sentences"
        enterKeyHint="done"
        autoFocus
      />
      <LongField
        label={t.topic}
        hint={t.topicHint}
        error={problems?.topic ?? null}
        value={named.topic}
        onChange={(event) => onChange({ ...named, topic: event.target.value })}
        rows={2}
        dir="auto"
        autoComplete="off"
      />
    </>
  )
}
