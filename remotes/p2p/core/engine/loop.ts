/**
 * The loop: one step at a time, awaited; then one transaction; then the Worker adopts; then, and only then,
 * the new state counts and its effects happen. If the transaction fails nothing of the step has happened.
 */
import type { Cryptography } from '#contracts/cryptography.ts'
import type { Env } from '#contracts/env.ts'
import { codeOf, type ErrorCode, type Result } from '#contracts/errors.ts'
import { IDENTITY_KEY } from '../storage/keys.ts'
import type { Vault } from '../storage/vault.ts'
import { Suspects } from '../suspects.ts'
import { Moves, type Tools } from '../tools.ts'
import { stateChanges } from './changes.ts'
import type { State } from './state.ts'
import type { Effect, Step } from './step.ts'

/** Of one step: as it was asked for, with what it looks at singled out, and without. */
const ATTEMPTS = 3

export interface LoopOptions {
  readonly cryptography: Cryptography
  readonly vault: Vault
  readonly env: Env
  /** After every step that succeeded, and after a failure that the person should see. */
  readonly onState: (before: State, after: State, effects: readonly Effect[]) => void
}

export class Loop {
  private readonly options: LoopOptions
  private tail: Promise<unknown> = Promise.resolve()
  private current: State
  private workerBehind = false
  private stopped = false
  private readonly suspects: Suspects

  constructor(options: LoopOptions, initial: State) {
    this.options = options
    this.suspects = new Suspects(options.env.sha256)
    this.current = initial
    options.cryptography.onRestart(() => {
      this.workerBehind = true
    })
  }

  get state(): State {
    return this.current
  }

  /** Runs a step after all that were asked for before. Never rejects. */
  run<T>(step: Step<T>): Promise<Result<T>> {
    return this.queue(() => this.turn(step))
  }

  /**
   * Puts a state in place that storage holds already: nothing is written. Tried once more if the watchdog cut it
   * short. Whatever else goes wrong is shown as storage that can't be read: there is nothing to go on with.
   */
  load(make: (state: State, tools: Tools) => Promise<State>): Promise<Result<void>> {
    const once = async (): Promise<Result<void>> => {
      try {
        this.workerBehind = false
        this.put(await make(this.current, this.tools(new Moves())), [])
        return { ok: true, value: undefined }
      } catch (thrown) {
        return { ok: false, code: codeOf(thrown) }
      }
    }
    return this.queue(async () => {
      const first = await once()
      const result = !first.ok && first.code === 'worker-ended' ? await once() : first
      if (!result.ok) this.put({ ...this.current, storageProblem: 'storage-failed' }, [])
      return result
    })
  }

  /**
   * Nothing that is asked for from now on is begun. Resolves when all that was asked for before is over: a message
   * that the person has sent is still written, whoever takes the storage next.
   */
  async stop(): Promise<void> {
    this.stopped = true
    await this.tail
  }

  private queue<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    if (this.stopped) return Promise.resolve({ ok: false, code: 'unexpected' })
    const next = this.tail.then((): Promise<Result<T>> | Result<T> => (this.current.fenced ? { ok: false, code: 'fenced' } : work()))
    this.tail = next
    return next
  }

  private tools(moves: Moves): Tools {
    const { cryptography, vault, env } = this.options
    return { cryptography, vault, env, moves, suspects: this.suspects }
  }

  /**
   * A step that the watchdog cut short is tried again, after the fresh Worker has its epochs: as often as it takes to
   * find out which bytes it was, and then without them.
   */
  private async turn<T>(step: Step<T>): Promise<Result<T>> {
    let result = await this.attempt(step)
    for (let tries = 1; tries < ATTEMPTS && !result.ok && result.code === 'worker-ended'; tries++) result = await this.attempt(step)
    return result.ok ? result : this.failed(result.code)
  }

  private async attempt<T>(step: Step<T>): Promise<Result<T>> {
    const { cryptography, vault } = this.options
    const moves = new Moves()
    let effects: readonly Effect[]
    let next: State
    let value: T
    let stored = false
    try {
      if (this.workerBehind) await this.catchUp()
      const outcome = await step(this.current, this.tools(moves))
      ;({ effects, state: next, value } = outcome)
      const changes = [...stateChanges(this.current, next), ...outcome.changes]
      stored = changes.length > 0
      if (stored) await vault.commit(changes)
    } catch (thrown) {
      await moves.drop(cryptography).catch(() => {
        this.workerBehind = true
      })
      return { ok: false, code: codeOf(thrown) }
    }
    // Stored: from here on it has happened, whatever the Worker says.
    await moves.adopt(cryptography).catch(() => {
      this.workerBehind = true
    })
    this.put(stored ? { ...next, storageProblem: null } : next, effects)
    return { ok: true, value }
  }

  private put(next: State, effects: readonly Effect[]): void {
    const before = this.current
    this.current = next
    this.options.onState(before, this.current, effects)
  }

  private failed(code: ErrorCode): { readonly ok: false; readonly code: ErrorCode } {
    if (code === 'fenced') this.put({ ...this.current, fenced: true }, [])
    else if (code === 'storage-full' || code === 'storage-failed') this.put({ ...this.current, storageProblem: code }, [])
    return { ok: false, code }
  }

  /** The Worker is fresh, or lost track: it gets identity and epochs as storage has them. */
  private async catchUp(): Promise<void> {
    const { cryptography, vault } = this.options
    const sealed = await vault.readSealed('meta', IDENTITY_KEY)
    if (sealed !== null) await cryptography.openIdentity(sealed)
    for (const { host } of this.current.groups.values()) {
      for (const { id } of host.store.record.epochs) await cryptography.dropEpoch(host.id, id)
      // Read again from storage, and its epochs with it, when it is next used.
      host.spoiled = true
    }
    this.workerBehind = false
  }
}
