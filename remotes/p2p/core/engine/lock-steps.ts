/** What there is to a passphrase beside the keys. Loaded by those who have one. */
import { SottoError } from '#contracts/errors.ts'
import { LOCK_AFTER, type LockAfter } from '#contracts/ui.ts'
import { LOCK_KEY } from '../storage/keys.ts'
import { lockRecord } from '../storage/lock.ts'
import { put } from '../storage/vault.ts'
import type { Tools } from '../tools.ts'
import type { State } from './state.ts'
import { only, type Step } from './step.ts'

/** Of a vault that has been opened. A time that this version does not offer is none. */
export async function lockOf({ vault }: Pick<Tools, 'vault'>): Promise<Pick<State, 'passphrase' | 'lockAfter'>> {
  const stored = await vault.read('meta', LOCK_KEY, lockRecord)
  return { passphrase: true, lockAfter: LOCK_AFTER.find((minutes) => minutes === stored?.afterMinutes) ?? 0 }
}

/** The vault has a passphrase from now on, or none. */
export const passphraseSet =
  (is: boolean): Step<void> =>
  async (state, tools) =>
    only({ ...state, ...(is ? await lockOf(tools) : { passphrase: false, lockAfter: 0 }) })

/** Throws 'unexpected' without a passphrase: there is nothing to lock. */
export const setLockAfter =
  (minutes: LockAfter): Step<void> =>
  (state) => {
    if (!state.passphrase) throw new SottoError('unexpected')
    const changes = [put('meta', LOCK_KEY, lockRecord, { v: 1, afterMinutes: minutes })]
    return { ...only({ ...state, lockAfter: minutes }), changes }
  }
