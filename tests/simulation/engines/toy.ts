/**
 * A toy MLS: secrets are strings, every rule of the port is kept, nothing is secret. States are shared with
 * their children the way ts-mls shares its arrays, so that overwriting too early breaks the toy as it would
 * break the real thing.
 */
import type { DeviceKey, EpochId, Mid } from '#contracts/ids.ts'
import type { Content, Joiner, MadeCommit, Moved, Opened } from '../../../remotes/p2p/core/rooms/engine.ts'
import type { Opaque } from '../../../remotes/p2p/core/rooms/entry-view.ts'
import { fastHash } from '../../support/prng.ts'
import type { EngineHost, EngineKind, SimEngine, StoredKeyPackage } from '../engine.ts'

/** A secret that can be overwritten while others still point at it. */
class Secret {
  value: string
  constructor(value: string) {
    this.value = value
  }
}

interface State {
  readonly secret: Secret
  readonly generation: number
  readonly seen: ReadonlySet<string>
}

class Sealed implements Opaque {
  readonly length = 1
  readonly state: { readonly secret: string; readonly generation: number; readonly seen: ReadonlySet<string> }
  constructor(state: State) {
    this.state = { secret: state.secret.value, generation: state.generation, seen: state.seen }
  }
}

class SealedKeyPackage implements Opaque {
  readonly length = 1
  readonly key: string
  constructor(key: string) {
    this.key = key
  }
}

class KeyPackage implements Opaque {
  readonly length = 1
  readonly key: string
  readonly owner: DeviceKey
  readonly madeAtMs: number
  constructor(key: string, owner: DeviceKey, madeAtMs: number) {
    this.key = key
    this.owner = owner
    this.madeAtMs = madeAtMs
  }
}

class Commit implements Opaque {
  readonly length = 1
  readonly on: string
  readonly entropy: string
  constructor(on: string, entropy: string) {
    this.on = on
    this.entropy = entropy
  }
}

class Welcome implements Opaque {
  readonly length = 1
  readonly secret: string
  readonly keys: readonly string[]
  constructor(secret: string, keys: readonly string[]) {
    this.secret = secret
    this.keys = keys
  }
}

class GroupInfo implements Opaque {
  readonly length = 1
  readonly secret: string
  constructor(secret: string) {
    this.secret = secret
  }
}

class Ciphertext implements Opaque {
  readonly length = 1
  /** Names the keys without being them. */
  readonly of: string
  readonly sender: DeviceKey
  readonly generation: number
  readonly content: Content
  constructor(of: string, sender: DeviceKey, generation: number, content: Content) {
    this.of = of
    this.sender = sender
    this.generation = generation
    this.content = content
  }
}

/** As MLS has it: a KeyPackage lives so long, and clocks may differ by this much. */
const KEY_PACKAGE_LIFE_MS = 90 * 24 * 60 * 60_000
const SKEW_MS = 4 * 60 * 60_000

const WIPED = 'wiped'

const tagOf = (secret: string): string => fastHash(`tag|${secret}`)

class ToyEngine implements SimEngine {
  private readonly me: DeviceKey
  private readonly states = new Map<EpochId, State>()
  private readonly pending = new Map<number, { readonly epoch: EpochId; readonly state: State }>()
  private readonly made = new Map<number, string>()
  private readonly keys = new Set<string>()
  private readonly host: EngineHost
  private token = 0

  constructor(me: DeviceKey, host: EngineHost, keyPackages: readonly StoredKeyPackage[]) {
    this.me = me
    this.host = host
    for (const { sealed } of keyPackages) if (sealed instanceof SealedKeyPackage) this.keys.add(sealed.key)
  }

  async load(epoch: EpochId, sealed: Opaque): Promise<void> {
    if (!(sealed instanceof Sealed)) throw new Error('not a sealed state')
    this.states.set(epoch, { ...sealed.state, secret: new Secret(sealed.state.secret) })
  }

  /** Equal on two devices that are in the same epoch, and only there. */
  authenticator(epoch: EpochId): string | null {
    const state = this.states.get(epoch)
    return state === undefined ? null : fastHash(`authenticator|${state.secret.value}`)
  }

  private stateOf(epoch: EpochId): State {
    const state = this.states.get(epoch)
    if (state === undefined) throw new Error('an epoch that is not held')
    return state
  }

  private move(epoch: EpochId, state: State): Moved {
    const token = ++this.token
    this.pending.set(token, { epoch, state })
    return { token, sealed: new Sealed(state) }
  }

  private fresh(secret: string): State {
    return { secret: new Secret(secret), generation: 0, seen: new Set() }
  }

  private prepare(secret: string, message: Opaque, adds: readonly Joiner[]): MadeCommit {
    const token = ++this.token
    this.made.set(token, secret)
    const keys = adds.map((joiner) => (joiner.keyPackage instanceof KeyPackage ? joiner.keyPackage.key : ''))
    const welcome = adds.length === 0 ? null : new Welcome(secret, keys)
    return {
      token,
      message,
      welcome,
      welcomeHash: welcome === null ? null : fastHash(keys.join()),
      confirmationTag: tagOf(secret),
    }
  }

  async found(epoch: EpochId): Promise<Moved> {
    return this.move(epoch, this.fresh(this.host.entropy()))
  }

  async commit(parent: EpochId, change: { readonly adds: readonly Joiner[] }): Promise<MadeCommit> {
    const state = this.stateOf(parent)
    const entropy = this.host.entropy()
    return this.prepare(fastHash(`${state.secret.value}|${entropy}`), new Commit(fastHash(state.secret.value), entropy), change.adds)
  }

  async rejoin(parent: EpochId, groupInfo: Opaque): Promise<MadeCommit | null> {
    if (!(groupInfo instanceof GroupInfo) || tagOf(groupInfo.secret) !== this.host.tagOf(parent)) return null
    const entropy = this.host.entropy()
    return this.prepare(fastHash(`${groupInfo.secret}|${entropy}`), new Commit(fastHash(groupInfo.secret), entropy), [])
  }

  async refound(adds: readonly Joiner[]): Promise<MadeCommit> {
    return this.prepare(this.host.entropy(), new Commit('refound', ''), adds)
  }

  async usable({ device, keyPackage }: Joiner): Promise<boolean> {
    if (!(keyPackage instanceof KeyPackage) || keyPackage.owner !== device) return false
    const ageMs = this.host.nowMs() - keyPackage.madeAtMs
    return ageMs >= -SKEW_MS && ageMs <= KEY_PACKAGE_LIFE_MS
  }

  async process(parent: EpochId, epoch: EpochId, message: Opaque): Promise<Moved | null> {
    const state = this.stateOf(parent)
    if (!(message instanceof Commit) || message.on !== fastHash(state.secret.value)) return null
    const secret = fastHash(`${state.secret.value}|${message.entropy}`)
    return tagOf(secret) === this.host.tagOf(epoch) ? this.move(epoch, this.fresh(secret)) : null
  }

  async join(epoch: EpochId, welcome: Opaque): Promise<Moved | null> {
    if (!(welcome instanceof Welcome) || !welcome.keys.some((key) => this.keys.has(key))) return null
    if (tagOf(welcome.secret) !== this.host.tagOf(epoch)) return null
    return this.move(epoch, this.fresh(welcome.secret))
  }

  async name(token: number, epoch: EpochId): Promise<Moved> {
    const made = this.made.get(token)
    if (made === undefined) throw new Error('no such commit')
    this.made.delete(token)
    return this.move(epoch, this.fresh(made))
  }

  async encrypt(epoch: EpochId, content: Content): Promise<Moved & { readonly message: Opaque; readonly generation: number }> {
    const state = this.stateOf(epoch)
    const { generation } = state
    const of = fastHash(state.secret.value)
    const message = new Ciphertext(of, this.me, generation, content)
    this.host.seen(message, { of, sender: this.me, generation, mid: content.mid })
    return { ...this.move(epoch, { ...state, generation: generation + 1 }), message, generation }
  }

  async decrypt(
    epoch: EpochId,
    messages: readonly Opaque[],
  ): Promise<{ readonly results: readonly Opened[]; readonly moved: Moved | null }> {
    const state = this.stateOf(epoch)
    const seen = new Set(state.seen)
    const results = messages.map((message): Opened => {
      if (!(message instanceof Ciphertext) || message.of !== fastHash(state.secret.value)) return { kind: 'failed' }
      const name = `${message.sender} ${message.generation}`
      if (seen.has(name)) return { kind: 'failed' }
      seen.add(name)
      return { kind: 'opened', content: message.content, sender: message.sender, generation: message.generation }
    })
    return { results, moved: seen.size === state.seen.size ? null : this.move(epoch, { ...state, seen }) }
  }

  async compose(body: Opaque, lamport: number): Promise<Content> {
    return { mid: this.host.entropy() as Mid, author: this.me, lamport, body }
  }

  async brokenCommit(): Promise<Opaque> {
    return new Commit('nothing', 'nothing')
  }

  async groupInfo(epoch: EpochId): Promise<Opaque> {
    return new GroupInfo(this.stateOf(epoch).secret.value)
  }

  async keyPackage(): Promise<{ readonly keyPackage: Opaque; readonly sealed: Opaque }> {
    const key = this.host.entropy()
    this.keys.add(key)
    return { keyPackage: new KeyPackage(key, this.me, this.host.nowMs()), sealed: new SealedKeyPackage(key) }
  }

  async adopt(token: number): Promise<void> {
    const moved = this.pending.get(token)
    if (moved !== undefined) this.states.set(moved.epoch, moved.state)
    this.pending.delete(token)
  }

  async prune(epoch: EpochId): Promise<void> {
    const state = this.states.get(epoch)
    if (state !== undefined) state.secret.value = WIPED
    this.states.delete(epoch)
  }
}

export const toy: EngineKind = async (host) => {
  const key = host.entropy() as DeviceKey
  return { key, open: async (keyPackages) => new ToyEngine(key, host, keyPackages) }
}
