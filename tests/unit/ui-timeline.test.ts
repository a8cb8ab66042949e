/** How a conversation is laid out in days and runs, and what it says of messages that wait. */
import { describe, expect, test } from 'vitest'
import type { ChatItem } from '#contracts/ui.ts'
import { layOut, type Row, waiting } from '../../remotes/ui/state/timeline.ts'

const NOON = new Date(2026, 10, 21, 12).getTime()
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const said = (id: string, mine: boolean, atMs: number, tick: 'written' | 'held' | 'delivered' | 'read' | null = null): ChatItem => ({
  kind: 'message',
  id,
  mine,
  authorName: mine ? 'Eva' : 'Ada',
  sentAtMs: atMs,
  text: id,
  tick: mine ? (tick ?? 'read') : null,
})
const notice = (id: string, atMs: number): ChatItem => ({ kind: 'notice', id, atMs, notice: { kind: 'created' } })

const shape = (row: Row): string => (row.kind === 'run' ? row.messages.map(({ id }) => id).join('+') : row.kind)
const shapes = (items: readonly ChatItem[], firstUnread: string | null = null): string[][] =>
  layOut(items, firstUnread).map(({ rows }) => rows.map(shape))

describe('days and runs', () => {
  test('one author within five minutes is one run; another author or a pause starts a new one', () => {
    const items = [
      said('a', false, NOON),
      said('b', false, NOON + 5 * MINUTE),
      said('c', true, NOON + 5 * MINUTE),
      said('d', true, NOON + 10 * MINUTE + 1),
    ]
    expect(shapes(items)).toEqual([['a+b', 'c', 'd']])
  })

  test('two members of one name are two authors', () => {
    const by = (id: string, member: string): ChatItem => ({ ...said(id, false, NOON), author: { id: member, hue: 1 } }) as ChatItem
    expect(shapes([by('a', 'x'), by('b', 'x'), by('c', 'y')])).toEqual([['a+b', 'c']])
  })

  test('a new day starts a new run', () => {
    const late = new Date(2026, 10, 21, 23, 59).getTime()
    expect(shapes([said('a', false, late), said('b', false, late + 2 * MINUTE)])).toEqual([['a'], ['b']])
  })

  test('a day of 25 hours is one day', () => {
    const morning = new Date(2026, 9, 25, 0, 30).getTime()
    expect(shapes([said('a', false, morning), said('b', false, new Date(2026, 9, 25, 23, 30).getTime())])).toEqual([['a', 'b']])
  })

  test('notices and the unread line stand alone and end a run', () => {
    const items = [said('a', false, NOON), notice('n', NOON), said('b', false, NOON), said('c', false, NOON)]
    expect(shapes(items, 'c')).toEqual([['a', 'notice', 'b', 'unread', 'c']])
  })

  test("the order is the engine's, also where an author's clock runs behind; keys stay unique", () => {
    const items = [said('a', false, NOON), said('b', true, NOON - 30 * HOUR), said('c', false, NOON)]
    const days = layOut(items, null)
    expect(days.map(({ rows }) => rows.map(shape))).toEqual([['a'], ['b'], ['c']])
    expect(new Set(days.map(({ key }) => key)).size).toBe(3)
  })

  test('nothing gives nothing', () => expect(layOut([], null)).toEqual([]))
})

describe('what waits', () => {
  test('nothing, when all is delivered or read, or not ours', () => {
    expect(waiting([said('a', true, NOON, 'delivered'), said('b', true, NOON, 'read'), said('c', false, NOON)])).toBeNull()
  })
  test('what only this device has is told before what another holds', () => {
    expect(waiting([said('a', true, NOON, 'held'), said('b', true, NOON, 'written')])).toEqual({ count: 1, tick: 'written' })
    expect(waiting([said('a', true, NOON, 'held'), said('b', true, NOON, 'held')])).toEqual({ count: 2, tick: 'held' })
  })
})
