/** The stack of places and the browser's history say the same, whichever way the person goes. */
import { describe, expect, test } from 'vitest'
import {
  chatOf,
  createRouter,
  placeIn,
  type Place,
  type Router,
  type RouterWindow,
  stackOf,
  without,
} from '../../remotes/ui/state/router.ts'

/** A browser's history: entries, a current one, traversals that arrive later. */
class FakeHistory {
  entries: { state: unknown }[] = [{ state: null }]
  at = 0
  /** Entries that the browser lost: a traversal to them never arrives. */
  stuck = false
  readonly #listeners = new Set<(event: PopStateEvent) => void>()
  readonly #arrivals: (() => void)[] = []
  readonly #timers: (() => void)[] = []

  readonly win = {
    addEventListener: (_: string, listener: (event: PopStateEvent) => void) => this.#listeners.add(listener),
    removeEventListener: (_: string, listener: (event: PopStateEvent) => void) => this.#listeners.delete(listener),
    setTimeout: (run: () => void) => this.#timers.push(run) - 1,
    clearTimeout: (index: number) => {
      this.#timers[index] = () => undefined
    },
    history: {
      go: (delta: number) => {
        if (!this.stuck) this.#arrivals.push(() => this.travel(delta))
      },
      pushState: (state: unknown) => {
        this.entries = [...this.entries.slice(0, this.at + 1), { state: structuredClone(state) }]
        this.at++
      },
      replaceState: (state: unknown) => {
        this.entries[this.at] = { state: structuredClone(state) }
      },
    },
  } as unknown as RouterWindow

  constructor() {
    Object.defineProperty(this.win.history, 'state', { get: () => this.entries[this.at]?.state ?? null })
  }
  /** The person's back and forward buttons. */
  travel(delta: number): void {
    this.at = Math.max(0, Math.min(this.entries.length - 1, this.at + delta))
    for (const listener of this.#listeners) listener({ state: this.entries[this.at]?.state ?? null } as PopStateEvent)
  }
  arrive(): void {
    for (let next = this.#arrivals.shift(); next; next = this.#arrivals.shift()) next()
  }
  ring(): void {
    for (const run of this.#timers.splice(0)) run()
  }
}

const chat = (id: string): Place => ({ kind: 'chat', chat: id })
const details: Place = { kind: 'details' }
const invite: Place = { kind: 'invite' }

function setUp(): { readonly history: FakeHistory; readonly router: Router } {
  const history = new FakeHistory()
  return { history, router: createRouter(history.win) }
}

describe('router', () => {
  test('each place is one entry, and back takes one off', () => {
    const { history, router } = setUp()
    router.go([chat('a'), details])
    expect(history.entries).toHaveLength(3)
    history.travel(-1)
    expect(router.stack()).toEqual([chat('a')])
    history.travel(-1)
    expect(router.stack()).toEqual([])
    history.travel(1)
    expect(router.stack()).toEqual([chat('a')])
  })

  test('from chat to chat: shown at once, and one step back still leads to the list', () => {
    const { history, router } = setUp()
    router.go([chat('a')])
    router.go([chat('b')])
    expect(router.stack()).toEqual([chat('b')])
    history.arrive()
    expect(router.stack()).toEqual([chat('b')])
    expect(history.at).toBe(1)
    history.travel(-1)
    expect(router.stack()).toEqual([])
  })

  test('to another chat with the details open: the entry below is the new chat', () => {
    const { history, router } = setUp()
    router.go([chat('a'), details])
    router.go([chat('b'), details])
    history.arrive()
    expect(stackOf(history.win.history.state)).toEqual([chat('b'), details])
    history.travel(-1)
    expect(router.stack()).toEqual([chat('b')])
  })

  test('two moves before the browser has arrived: the last one holds', () => {
    const { history, router } = setUp()
    router.go([chat('a')])
    router.go([])
    router.go([chat('c'), details])
    history.arrive()
    expect(router.stack()).toEqual([chat('c'), details])
    expect(stackOf(history.win.history.state)).toEqual([chat('c'), details])
    expect(history.at).toBe(2)
  })

  test('a traversal that never arrives is given up: the entry says what is shown', () => {
    const { history, router } = setUp()
    router.go([chat('a')])
    history.stuck = true
    router.back()
    history.ring()
    expect(router.stack()).toEqual([])
    expect(stackOf(history.win.history.state)).toEqual([])
  })

  test('a reload opens the chat again, but no dialog', () => {
    const history = new FakeHistory()
    history.entries = [{ state: null }, { state: { sotto: [chat('a')] } }, { state: { sotto: [chat('a'), invite] } }]
    history.at = 2
    const router = createRouter(history.win)
    expect(router.stack()).toEqual([chat('a')])
    history.arrive()
    expect(history.at).toBe(1)
  })

  test('subscribers hear of each change until they stop', () => {
    const { router } = setUp()
    let heard = 0
    const stop = router.subscribe(() => heard++)
    router.go([chat('a')])
    stop()
    router.back()
    expect(heard).toBe(1)
  })

  test.each([
    [null],
    [{}],
    [{ sotto: 'x' }],
    [{ sotto: [{ kind: 'chat' }] }],
    [{ sotto: [{ kind: 'other' }] }],
    [{ sotto: [null] }],
    [{ sotto: [{ kind: 'member' }] }],
    [{ sotto: [{ kind: 'room-invite' }] }],
  ])('a state that is not ours is the list: %j', (state) => expect(stackOf(state)).toEqual([]))

  test('places that name something are kept with it, and are one only when they name the same', () => {
    const { history, router } = setUp()
    const stack: Place[] = [chat('a'), details, { kind: 'room-invite', invite: null }]
    expect(stackOf({ sotto: stack })).toEqual(stack)
    router.go([chat('a'), details, { kind: 'member', member: 'x' }])
    router.go([chat('a'), details, { kind: 'member', member: 'y' }])
    history.arrive()
    expect(stackOf(history.win.history.state)).toEqual([chat('a'), details, { kind: 'member', member: 'y' }])
    expect(placeIn(router.stack(), 'member')).toEqual({ kind: 'member', member: 'y' })
    expect(placeIn(router.stack(), 'leave')).toBeNull()
  })

  test('parts of a stack', () => {
    expect(chatOf([chat('a'), details])).toBe('a')
    expect(chatOf([{ kind: 'settings' }])).toBeNull()
    expect(without([chat('a'), details, invite], 'details')).toEqual([chat('a')])
  })
})
