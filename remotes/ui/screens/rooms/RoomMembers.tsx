/** Who is in a room: each with role, link and what waits for them; a press shows what can be done. */
import { memo, useDeferredValue, useMemo, useRef, useState } from 'react'
import type { MemberView, Role, RoomFacts } from '#contracts/ui.ts'
import { Avatar } from '../../components/Avatar.tsx'
import { Button } from '../../components/Button.tsx'
import { Card } from '../../components/Card.tsx'
import { Icon } from '../../components/Icon.tsx'
import { linkText } from '../../components/LinkStatus.tsx'
import { Fill, Name, NameLine } from '../../components/Name.tsx'
import { useKeptFocus } from '../../state/focus.ts'
import { useRouter, useStack } from '../../state/route.tsx'
import { t } from '../../text/index.ts'
import { plain } from '../../text/lists.ts'
import css from './RoomMembers.module.css'

/** So many are drawn before somebody asks for all. */
const FIRST = 40
/** From so many on there is a field to find one. */
const SEARCHED = 12
const RANK: Readonly<Record<Role, number>> = { owner: 0, admin: 1, member: 2 }
const collator = new Intl.Collator(undefined, { numeric: true })

/** Oneself first, then by role, then by name: an order that does not change as people come and go. */
export const inOrder = (members: readonly MemberView[]): readonly MemberView[] =>
  [...members].sort(
    (a, b) => Number(b.mine) - Number(a.mine) || RANK[a.role] - RANK[b.role] || collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1),
  )

export function RoomMembers({ facts, open, now }: { readonly facts: RoomFacts; readonly open: boolean; readonly now: number }) {
  const router = useRouter()
  const stack = useStack()
  const [query, setQuery] = useState('')
  const [all, setAll] = useState(false)
  const wanted = plain(useDeferredValue(query).trim())
  const sorted = useMemo(() => inOrder(facts.members), [facts.members])
  const found = wanted === '' ? sorted : sorted.filter(({ name }) => plain(name).includes(wanted))
  const drawn = all ? found : found.slice(0, FIRST)
  const list = useRef<HTMLUListElement>(null)
  useKeptFocus(list, drawn)
  return (
    <Card title={t.members} aside={<span className={css.count}>{facts.members.length}</span>}>
      {open && facts.may.invite && (
        <div className={css.list}>
          <button type="button" className={css.row} onClick={() => router.go([...stack, { kind: 'room-invite', invite: null }])}>
            <span className={css.plus}>
              <Icon name="invite" />
            </span>
            <span className={css.invite}>{t.newInvite}</span>
          </button>
        </div>
      )}
      {facts.members.length > SEARCHED && (
        <input
          className={css.query}
          type="search"
          aria-label={t.findMember}
          placeholder={t.findMember}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {found.length === 0 && <p className={css.none}>{t.noMember}</p>}
      <ul ref={list} className={css.list} aria-label={t.members} tabIndex={-1}>
        {drawn.map(({ id, name, hue, role, mine, link, waiting, may }) => (
          <li key={id} className={css.item}>
            <Row
              id={id}
              name={name}
              hue={hue}
              role={role}
              mine={mine}
              present={link.kind === 'connected'}
              state={mine ? t.you : linkText(link, now)}
              waiting={waiting}
              acts={open && (may.remove || may.roles.length > 0)}
            />
          </li>
        ))}
      </ul>
      {found.length > drawn.length && (
        <Button look="plain" wide onClick={() => setAll(true)}>
          {t.showAll(found.length)}
        </Button>
      )}
    </Card>
  )
}

/** Of plain values only: whatever else changes in the room, a row that stays the same is not drawn again. */
const Row = memo(function Row({
  id,
  name,
  hue,
  role,
  mine,
  present,
  state,
  waiting,
  acts,
}: Pick<MemberView, 'id' | 'name' | 'hue' | 'role' | 'mine' | 'waiting'> & {
  readonly present: boolean
  readonly state: string
  /** There is something to do with this member. */
  readonly acts: boolean
}) {
  const router = useRouter()
  const inside = (
    <>
      <Avatar name={name} hue={hue} size="small" present={present && !mine} />
      <span className={css.words}>
        <span className={css.name}>
          <NameLine>{name}</NameLine>
          {role !== 'member' && <span className={css.role}>{t.roles[role]}</span>}
        </span>
        <span className={css.state}>{state}</span>
        {waiting > 0 && (
          <span className={css.waiting}>
            <Fill text={t.waitsForMember(waiting)} name={<Name>{name}</Name>} />
          </span>
        )}
      </span>
      {acts && <Icon name="more" turns />}
    </>
  )
  if (!acts) return <div className={css.row}>{inside}</div>
  return (
    <button type="button" className={css.row} onClick={() => router.go([...router.stack(), { kind: 'member', member: id }])}>
      {inside}
    </button>
  )
})
