/**
 * The product's own engine over the cryptography core, run in this process. Two kinds of it: with real
 * primitives, and with fake ones.
 */
import type { Cryptography, EpochInfo } from '#contracts/cryptography.ts'
import type { Env } from '#contracts/env.ts'
import { type DeviceKey, type EpochId, fromHex, type RoomId, toHex } from '#contracts/ids.ts'
import { createCryptographyCore } from '../../../remotes/cryptography/core/cryptography.ts'
import type { Ports } from '../../../remotes/cryptography/core/ports.ts'
import { Bytes, bytesOf } from '../../../remotes/p2p/core/groups/bytes.ts'
import { createContent, MlsEngine } from '../../../remotes/p2p/core/groups/mls-engine.ts'
import type { Content, Moved } from '../../../remotes/p2p/core/rooms/engine.ts'
import type { Opaque } from '../../../remotes/p2p/core/rooms/entry-view.ts'
import type { EngineHost, EngineKind, SimEngine, StoredKeyPackage } from '../engine.ts'
import { Prng } from '../../support/prng.ts'
import type { RandomBytes } from './ports.ts'

const ROOM = '50'.repeat(16) as RoomId

/** Bytes from one generator of the device's own, so that what one device does moves nobody else's chance. */
function randomBytes(seed: string): RandomBytes {
  const prng = new Prng(Number.parseInt(seed.slice(0, 13), 16))
  return (length) => Uint8Array.from({ length }, () => prng.below(256))
}

export interface MlsKindOptions {
  readonly ports: (random: RandomBytes) => Ports
  readonly sha256: Env['sha256']
}

/** Remembers which epochs the Worker holds, and what their members agree on. */
class Watched {
  readonly held = new Map<EpochId, string>()
  private readonly made = new Map<number, { epoch: EpochId | null; readonly authenticator: string }>()

  watch(cryptography: Cryptography): Cryptography {
    const info = <T extends { readonly token: number; readonly info: EpochInfo }>(made: T, epoch: EpochId | null): T => {
      this.made.set(made.token, { epoch, authenticator: toHex(made.info.authenticator) })
      return made
    }
    return {
      ...cryptography,
      createGroup: async (room, epoch, profile, nowMs) => info(await cryptography.createGroup(room, epoch, profile, nowMs), epoch),
      createCommit: async (...args) => info(await cryptography.createCommit(...args), null),
      externalCommit: async (...args) => info(await cryptography.externalCommit(...args), null),
      refound: async (...args) => info(await cryptography.refound(...args), null),
      processCommit: async (...args) => info(await cryptography.processCommit(...args), null),
      join: async (...args) => info(await cryptography.join(...args), null),
      nameCommit: async (token, epoch) => {
        const pending = await cryptography.nameCommit(token, epoch)
        const made = this.made.get(token)
        if (made !== undefined) made.epoch = epoch
        return pending
      },
      loadEpoch: async (room, epoch, sealed) => {
        const loaded = await cryptography.loadEpoch(room, epoch, sealed)
        this.held.set(epoch, toHex(loaded.authenticator))
        return loaded
      },
      dropEpoch: async (room, epoch) => {
        await cryptography.dropEpoch(room, epoch)
        this.held.delete(epoch)
      },
      adopt: async (token) => {
        await cryptography.adopt(token)
        const made = this.made.get(token)
        this.made.delete(token)
        if (made !== undefined && made.epoch !== null) this.held.set(made.epoch, made.authenticator)
      },
    }
  }
}

class MlsSimEngine extends MlsEngine implements SimEngine {
  private readonly me: DeviceKey
  private readonly cryptography: Cryptography
  private readonly env: Env
  private readonly host: EngineHost
  private readonly watched: Watched

  constructor(
    me: DeviceKey,
    core: Cryptography,
    env: Env,
    host: EngineHost,
    keyPackages: readonly StoredKeyPackage[],
    watched: Watched = new Watched(),
  ) {
    const cryptography = watched.watch(core)
    super({
      cryptography,
      env,
      room: ROOM,
      profile: 'classic',
      note: () => undefined,
      rosterOf: (epoch) => host.rosterOf(epoch),
      epochTag: (epoch) => {
        const tag = host.tagOf(epoch)
        return tag === null ? null : fromHex(tag)
      },
      keyPackages: keyPackages.map(({ keyPackage, sealed }) => ({ keyPackage: bytesOf(keyPackage), sealed: bytesOf(sealed) })),
    })
    this.me = me
    this.cryptography = cryptography
    this.env = env
    this.host = host
    this.watched = watched
  }

  async load(epoch: EpochId, sealed: Opaque): Promise<void> {
    await this.cryptography.loadEpoch(ROOM, epoch, bytesOf(sealed))
  }

  authenticator(epoch: EpochId): string | null {
    return this.watched.held.get(epoch) ?? null
  }

  override async encrypt(epoch: EpochId, content: Content): Promise<Moved & { readonly message: Opaque; readonly generation: number }> {
    const sent = await super.encrypt(epoch, content)
    const of = this.authenticator(epoch) ?? ''
    this.host.seen(sent.message, { of, sender: this.me, generation: sent.generation, mid: content.mid })
    return sent
  }

  compose(body: Opaque, lamport: number): Promise<Content> {
    const content = { room: ROOM, author: this.me, lamport, deps: [], body: { kind: 'text', text: `message ${body.length}` } } as const
    return createContent({ cryptography: this.cryptography, env: this.env }, content)
  }

  /** A good commit with its last byte changed: what fails is found only by working it through. */
  async brokenCommit(parent: EpochId): Promise<Opaque> {
    const { message, token } = await this.commit(parent, { adds: [], removedLeaves: [] })
    await this.cryptography.drop(token)
    const bytes = new Uint8Array(bytesOf(message))
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1
    return new Bytes(bytes)
  }
}

/** A kind of engine: the product's, over these ports. */
export const mlsKind =
  ({ ports: portsOf, sha256 }: MlsKindOptions): EngineKind =>
  async (host) => {
    const random = randomBytes(host.entropy())
    const ports = portsOf(random)
    const env: Env = { nowMs: () => host.nowMs(), random, sha256 }
    const core = (): Cryptography => {
      const calls = createCryptographyCore(ports)
      return {
        ...calls,
        unlock: async () => undefined,
        setPassphrase: async () => undefined,
        end: async () => undefined,
        onRestart: () => undefined,
        revealPhrase: () => calls.revealPhrase([]),
        restoreIdentity: (options) => calls.restoreIdentity(options, []),
      }
    }
    // Of the kind that takes no chance of the device's: the stories of the seeds stay what they are.
    await ports.keystore.replace(null, { key: await ports.primitives.newVaultKey(), record: null })
    const { identity, sealed } = await core().createIdentity({ deviceName: 'simulated', nowMs: host.nowMs() })
    return {
      key: identity.device,
      async open(keyPackages) {
        const cryptography = core()
        await cryptography.openIdentity(sealed)
        return new MlsSimEngine(identity.device, cryptography, env, host, keyPackages)
      },
    }
  }
