/** Small parts of the engine: names, the inbox, frames that wait for a slow link. */
import { expect, test } from 'vitest'
import type { Mid, RoomTag, SessionId, UserId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode } from '#contracts/wire/codec.ts'
import { frameCodec } from '#contracts/wire/frame.ts'
import { withLines } from '../../remotes/p2p/core/engine/conversation-steps.ts'
import { emptyState, type State } from '../../remotes/p2p/core/engine/state.ts'
import type { MessageRecord } from '../../remotes/p2p/core/storage/message.ts'
import { Inbox } from '../../remotes/p2p/core/engine/inbox.ts'
import { Wire } from '../../remotes/p2p/core/engine/wire.ts'
import type { Links } from '../../remotes/p2p/core/link/api.ts'
import { cleanName, hueOf, nameOrId } from '../../remotes/p2p/core/names.ts'
import { checkText } from '../../remotes/p2p/core/engine/group-commands.ts'
import { sha256 } from '../support/sha256.ts'

const SESSION = 's1' as SessionId
const TAG = 't1' as RoomTag

test('a name is one line of visible text', () => {
  expect(cleanName('  Ada \n Lovelace\t')).toBe('Ada Lovelace')
  expect(cleanName('a\u0000b\u202ec\u2066d\u200fe\ufefff')).toBe('a b c d e f')
  expect(cleanName('\u202e\u0007 ')).toBe('')
  expect(cleanName('Zoë 👩‍👩‍👧 محمد')).toBe('Zoë 👩‍👩‍👧 محمد')
  const long = cleanName('ä'.repeat(10_000))
  expect(new TextEncoder().encode(long).length).toBeLessThanOrEqual(LIMITS.nameBytes)
  expect(long).toBe('ä'.repeat(LIMITS.nameBytes / 2))
  expect(nameOrId('\u0000', 'abcdef0123'.repeat(7) as UserId)).toBe('abcdef01')
})

test('a hue is a number of degrees, the same for the same person', () => {
  const user = '0123456789abcdef'.repeat(4) as UserId
  expect(hueOf(user, sha256)).toBe(hueOf(user, sha256))
  const hues = Array.from({ length: 200 }, (_, i) => hueOf(i.toString(16).padStart(64, '0') as UserId, sha256))
  expect(hues.every((hue) => Number.isInteger(hue) && hue >= 0 && hue < 360)).toBe(true)
  expect(new Set(hues).size).toBeGreaterThan(100)
})

test('text that is sent is what can be stored: well-formed, within its bound, a mark at its start kept', () => {
  expect(checkText('\ufeffa\ud800b', 100)).toBe('\ufeffa\ufffdb')
  expect(() => checkText('', 100)).toThrow('malformed')
  expect(() => checkText('ää', 3)).toThrow('too-large')
})

test('lines come into the window in their place; what belongs before it is read later', () => {
  const line = (lamport: number, letter: string): MessageRecord => ({
    v: 1,
    mid: letter.repeat(64) as Mid,
    lamport,
    author: 1,
    seq: 0,
    sentAtMs: 0,
    body: { kind: 'text', text: letter },
  })
  const open = { room: 1, lines: [line(10, 'c'), line(12, 'e')], hasOlder: true, firstUnread: null, around: new Map() }
  const state = { ...emptyState(0), open }
  const shown = (next: State): string => (next.open?.lines ?? []).map(({ mid }) => mid[0]).join('')
  expect(shown(withLines(state, 1, [line(13, 'g'), line(9, 'a'), line(12, 'f'), line(11, 'd'), line(10, 'b')]))).toBe('cdefg')
  expect(shown(withLines({ ...state, open: { ...state.open, hasOlder: false } }, 1, [line(9, 'a')]))).toBe('ace')
  expect(withLines(state, 2, [line(13, 'g')])).toBe(state)
})

test('the inbox wakes once for what piles up, hands out a bounded part, and wakes again for the rest', () => {
  const woken: string[] = []
  const inbox = new Inbox((session, tag) => woken.push(`${session} ${tag}`))
  for (let i = 0; i < 300; i++) expect(inbox.add(SESSION, TAG, [new Uint8Array([i % 256])])).toBe(true)
  expect(woken).toEqual(['s1 t1'])
  expect(inbox.take(SESSION, TAG)).toHaveLength(256)
  expect(woken).toHaveLength(2)
  expect(inbox.take(SESSION, TAG)).toHaveLength(44)
  expect(inbox.take(SESSION, TAG)).toEqual([])
  inbox.add(SESSION, TAG, [new Uint8Array(1)])
  expect(woken).toHaveLength(3)
})

test('a link that floods the inbox is told from one that does not', () => {
  const inbox = new Inbox(() => undefined)
  const megabyte = new Uint8Array(1024 * 1024)
  for (let i = 0; i < 8; i++) expect(inbox.add(SESSION, TAG, [megabyte])).toBe(true)
  expect(inbox.add(SESSION, TAG, [megabyte])).toBe(false)
  expect(inbox.add('s2' as SessionId, TAG, [megabyte])).toBe(true)
  inbox.take(SESSION, TAG)
  expect(inbox.add(SESSION, TAG, [megabyte])).toBe(true)
  inbox.closed(SESSION)
  expect(inbox.take(SESSION, TAG)).toEqual([])
  expect(inbox.add(SESSION, TAG, [megabyte])).toBe(true)
})

test('frames for a slow link keep their order; what is too much is left to sync', () => {
  let open = false
  const sent: number[] = []
  const resynced: SessionId[] = []
  const links = {
    send: (_session: SessionId, _channel: string, bytes: Uint8Array) => {
      if (!open) return false
      const frame = decode(frameCodec, bytes, LIMITS.frameMessageBytes)
      sent.push(frame.kind === 'ping' ? frame.nonce : -1)
      return true
    },
  } as unknown as Links
  const wire = new Wire(
    () => links,
    (session) => resynced.push(session),
  )
  for (let nonce = 0; nonce < 3; nonce++) wire.send(SESSION, { kind: 'ping', nonce })
  expect(sent).toEqual([])
  open = true
  wire.send(SESSION, { kind: 'ping', nonce: 3 }) // must not overtake
  wire.drained(SESSION)
  expect(sent).toEqual([0, 1, 2, 3])
  expect(resynced).toEqual([])
  open = false
  const room = '00'.repeat(16) as RoomTag
  for (let i = 0; i < 20; i++) wire.send(SESSION, { kind: 'entries', room, entries: [new Uint8Array(100_000)] })
  open = true
  wire.drained(SESSION)
  expect(sent.filter((nonce) => nonce === -1).length).toBeLessThan(12)
  expect(resynced).toEqual([SESSION])
  wire.send(SESSION, { kind: 'ping', nonce: 9 })
  expect(sent.at(-1)).toBe(9)
})
