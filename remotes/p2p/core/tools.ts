/** What a step may use: the injected ports, and the ledger of ratchet moves that its transaction decides on. */
import type { Cryptography, Pending } from '#contracts/cryptography.ts'
import type { EpochId, RoomId } from '#contracts/ids.ts'
import type { Env } from '#contracts/env.ts'
import type { Vault } from './storage/vault.ts'
import type { Suspects } from './suspects.ts'

/**
 * The moves of one step. Whoever asks the Worker for a move writes it down at once: whatever happens next,
 * the loop either adopts it (the transaction succeeded) or drops it.
 */
export class Moves {
  private readonly tokens = new Set<number>()
  private readonly passing: { readonly room: RoomId; readonly epoch: EpochId }[] = []
  private readonly undo: (() => void)[] = []
  private readonly watched = new Set<number>()

  /** Writes the move down and hands it on. */
  note<P extends Pick<Pending, 'token'>>(pending: P): P {
    this.tokens.add(pending.token)
    return pending
  }

  /** A move that may turn out not to be wanted: unless it is noted too, it is dropped at the end of the step. */
  watch(token: number): void {
    this.watched.add(token)
  }

  /** An epoch that lives in the Worker for this step only. */
  forget(room: RoomId, epoch: EpochId): void {
    this.passing.push({ room, epoch })
  }

  /** Called if nothing of the step was stored: what it changed in memory is not to be believed. */
  orElse(undo: () => void): void {
    this.undo.push(undo)
  }

  /** What was written is stored: adopts every move. */
  async adopt(cryptography: Cryptography): Promise<void> {
    for (const token of this.tokens) await cryptography.adopt(token)
    for (const token of this.watched) if (!this.tokens.has(token)) await cryptography.drop(token)
    await this.clear(cryptography)
  }

  /** Nothing was stored: drops every move. */
  async drop(cryptography: Cryptography): Promise<void> {
    for (const undo of this.undo) undo()
    for (const token of new Set([...this.tokens, ...this.watched])) await cryptography.drop(token)
    await this.clear(cryptography)
  }

  private async clear(cryptography: Cryptography): Promise<void> {
    for (const { room, epoch } of this.passing) await cryptography.dropEpoch(room, epoch)
  }
}

export interface Tools {
  readonly cryptography: Cryptography
  readonly env: Env
  readonly vault: Vault
  readonly moves: Moves
  readonly suspects: Suspects
}
