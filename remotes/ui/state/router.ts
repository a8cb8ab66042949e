/**
 * Where the person is: a stack of places over the chat list, kept in history.state so that the browser's
 * back button and gesture take one place off. The URL never changes: ids stay out of the address bar and of
 * what browsers synchronise, and `#i=` belongs to the shell.
 */
export type Place =
  | { readonly kind: 'chat'; readonly chat: string }
  | { readonly kind: 'details' }
  | { readonly kind: 'settings' }
  | { readonly kind: 'phrase' }
  | { readonly kind: 'delete' }
  | { readonly kind: 'invite' }
  | { readonly kind: 'new-room' }
  // Over a room's chat. `invite` null makes a new one.
  | { readonly kind: 'room-invite'; readonly invite: string | null }
  | { readonly kind: 'room-edit' }
  | { readonly kind: 'member'; readonly member: string }
  | { readonly kind: 'leave' }
/** Empty: the chat list. */
export type Stack = readonly Place[]

export interface Router {
  stack(): Stack
  subscribe(listener: () => void): () => void
  /** Shows `next` at once and brings the browser's history into line. */
  go(next: Stack): void
  /** One place off. */
  back(): void
  stop(): void
}

/** What the router needs of a window. */
export type RouterWindow = Pick<Window, 'addEventListener' | 'removeEventListener' | 'setTimeout' | 'clearTimeout'> & {
  readonly history: Pick<History, 'state' | 'go' | 'pushState' | 'replaceState'>
}

const KEY = 'sotto'
/** A traversal that never arrives (a restored tab may lack the entries below) is given up after this. */
const TRAVEL_MS = 400
const KINDS = ['details', 'settings', 'phrase', 'delete', 'invite', 'new-room', 'room-edit', 'leave'] as const

const isId = (value: unknown): value is string | null => value === null || typeof value === 'string'

function placeOf(value: unknown): Place | null {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return null
  if (value.kind === 'chat') return 'chat' in value && typeof value.chat === 'string' ? { kind: 'chat', chat: value.chat } : null
  if (value.kind === 'member')
    return 'member' in value && typeof value.member === 'string' ? { kind: 'member', member: value.member } : null
  if (value.kind === 'room-invite') return 'invite' in value && isId(value.invite) ? { kind: 'room-invite', invite: value.invite } : null
  const kind = KINDS.find((known) => known === value.kind)
  return kind ? { kind } : null
}

/** The stack in a history state; anything that is not ours is the list. */
export function stackOf(state: unknown): Stack {
  if (typeof state !== 'object' || state === null || !(KEY in state)) return []
  const list: unknown = state[KEY]
  if (!Array.isArray(list)) return []
  const places = list.map(placeOf)
  return places.every((place) => place !== null) ? places : []
}

const idOf = (place: Place): string | null =>
  place.kind === 'chat' ? place.chat : place.kind === 'member' ? place.member : place.kind === 'room-invite' ? place.invite : null
const same = (a: Place, b: Place): boolean => a.kind === b.kind && idOf(a) === idOf(b)

function shared(a: Stack, b: Stack): number {
  let n = 0
  for (const place of a) {
    const other = b[n]
    if (!other || !same(place, other)) break
    n++
  }
  return n
}

/** A dialog is not opened again by a reload: it would make another invite, or show the words again. */
const FLEETING: readonly Place['kind'][] = ['invite', 'phrase', 'delete', 'new-room', 'room-invite', 'room-edit', 'member', 'leave']

export function createRouter(win: RouterWindow): Router {
  const listeners = new Set<() => void>()
  let entry = stackOf(win.history.state) // what the browser's current entry holds
  let shown = entry
  let timer: number | null = null // running while the browser travels

  const show = (next: Stack): void => {
    shown = next
    for (const listener of listeners) listener()
  }

  const settle = (): void => {
    if (timer !== null) return
    const common = shared(entry, shown)
    if (entry.length > common) {
      timer = win.setTimeout(() => {
        timer = null
        entry = shown
        win.history.replaceState({ [KEY]: shown }, '')
      }, TRAVEL_MS)
      win.history.go(common - entry.length)
      return
    }
    for (let depth = common + 1; depth <= shown.length; depth++) win.history.pushState({ [KEY]: shown.slice(0, depth) }, '')
    entry = shown
  }

  const arrived = (event: PopStateEvent): void => {
    entry = stackOf(event.state)
    if (timer === null) {
      show(entry)
      return
    }
    win.clearTimeout(timer)
    timer = null
    settle()
  }

  win.addEventListener('popstate', arrived)
  const router: Router = {
    stack: () => shown,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    go: (next) => {
      show(next)
      settle()
    },
    back: () => router.go(shown.slice(0, -1)),
    stop: () => {
      win.removeEventListener('popstate', arrived)
      if (timer !== null) win.clearTimeout(timer)
    },
  }
  const lasting = shown.findIndex((place) => FLEETING.includes(place.kind))
  if (lasting >= 0) router.go(shown.slice(0, lasting))
  return router
}

/** The chat that a stack shows, or null. */
export const chatOf = (stack: Stack): string | null => {
  const place = stack.findLast((each) => each.kind === 'chat')
  return place?.kind === 'chat' ? place.chat : null
}
/** The place of that kind in a stack, or null. */
export function placeIn<K extends Place['kind']>(stack: Stack, kind: K): Extract<Place, { readonly kind: K }> | null {
  const place = stack.find((each) => each.kind === kind)
  return (place as Extract<Place, { readonly kind: K }> | undefined) ?? null
}
export const has = (stack: Stack, kind: Place['kind']): boolean => stack.some((place) => place.kind === kind)
export const without = (stack: Stack, kind: Place['kind']): Stack => {
  const at = stack.findIndex((place) => place.kind === kind)
  return at < 0 ? stack : stack.slice(0, at)
}
