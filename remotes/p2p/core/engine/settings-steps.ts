/** What a person decides about themselves. */
import { SottoError } from '#contracts/errors.ts'
import { cleanName } from '../names.ts'
import type { ProfileRecord } from '../storage/profile.ts'
import { renameInRooms } from './group-commands.ts'
import { nothing, only, type Step } from './step.ts'

/** A new name, told in every chat. Throws 'malformed' if nothing of it can be shown. */
export const rename =
  (wanted: string): Step<void> =>
  async (state, tools) => {
    const name = cleanName(wanted)
    const { profile } = state
    if (name === '') throw new SottoError('malformed')
    if (profile === null) throw new SottoError('identity-missing')
    if (profile.name === name) return nothing(state)
    return renameInRooms(name)({ ...state, profile: { ...profile, name } }, tools)
  }

/**
 * A switch of the person's. readTicks: whether the others are told how far they have read, and theirs is shown.
 * relayOnly: whether connections go by way of a relay only, so that contacts learn no address of this device.
 * notifications: whether the page tells of new messages while they look elsewhere.
 */
export const setSwitch =
  (name: 'readTicks' | 'relayOnly' | 'notifications', on: boolean): Step<void> =>
  (state) => {
    if (state.profile === null) throw new SottoError('identity-missing')
    return only({ ...state, profile: { ...state.profile, [name]: on ? 'on' : 'off' } })
  }

/** Appearance or language: also before there is anybody whose it is. */
export const setLook =
  (look: Partial<Pick<ProfileRecord, 'theme' | 'language'>>): Step<void> =>
  (state) =>
    only({ ...state, ...look, profile: state.profile === null ? null : { ...state.profile, ...look } })
