/** What stands behind a room in a simulation, in place of the Worker. */
import type { DeviceKey, EpochId, Mid } from '#contracts/ids.ts'
import type { Content, EpochEngine } from '../../remotes/p2p/core/rooms/engine.ts'
import type { Opaque } from '../../remotes/p2p/core/rooms/entry-view.ts'
import type { Roster } from '../../remotes/p2p/core/rooms/roster.ts'

export interface SimEngine extends EpochEngine {
  load(epoch: EpochId, sealed: Opaque): Promise<void>
  /** Equal on two devices in the same epoch, and only there; null if the epoch is not held. */
  authenticator(epoch: EpochId): string | null
  /** Makes and signs a content of this device. */
  compose(body: Opaque, lamport: number): Promise<Content>
  /** A commit on a held epoch that no state accepts: what a hostile member sends. */
  brokenCommit(parent: EpochId): Promise<Opaque>
}

/** A KeyPackage of one device, as its disk holds it. */
export interface StoredKeyPackage {
  readonly keyPackage: Opaque
  readonly sealed: Opaque
}

/** What a checker may know of a ciphertext. */
export interface CipherFacts {
  /** Names the epoch's keys without being them. */
  readonly of: string
  readonly sender: DeviceKey
  readonly generation: number
  readonly mid: Mid
}

/** What an engine may ask of the world around its device. */
export interface EngineHost {
  /** 16 hex digits that never came before. */
  entropy(): string
  /** By the device's own clock. */
  nowMs(): number
  rosterOf(epoch: EpochId): Roster | null
  /** In hex; null for the first epoch. */
  tagOf(epoch: EpochId): string | null
  /** Tells the checkers of a ciphertext. */
  seen(message: Opaque, facts: CipherFacts): void
}

/** One device: its identity outlives its page. */
export interface EngineDevice {
  readonly key: DeviceKey
  /** A page opens. */
  open(keyPackages: readonly StoredKeyPackage[]): Promise<SimEngine>
}

export type EngineKind = (host: EngineHost) => Promise<EngineDevice>
