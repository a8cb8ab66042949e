/** What has to be stored to get from one state to the next. Maps are compared entry by entry, by identity. */
import type { Table } from '#contracts/store.ts'
import type { Codec } from '#contracts/wire/codec.ts'
import { contactRecord } from '../storage/contact.ts'
import { inviteRecord } from '../storage/invite.ts'
import { joiningRecord } from '../storage/joining.ts'
import { contactKey, inviteKey, joiningKey, PROFILE_KEY } from '../storage/keys.ts'
import { profileRecord } from '../storage/profile.ts'
import { type Change, put, remove } from '../storage/vault.ts'
import type { State } from './state.ts'

/** The records that differ. Those of rooms are written by their hosts. */
export function stateChanges(before: State, after: State): readonly Change[] {
  const changes: Change[] = []
  if (after.profile !== null && after.profile !== before.profile) changes.push(put('meta', PROFILE_KEY, profileRecord, after.profile))
  changes.push(...mapChanges(before.contacts, after.contacts, 'contacts', contactKey, contactRecord))
  changes.push(...mapChanges(before.invites, after.invites, 'invites', inviteKey, inviteRecord))
  changes.push(...mapChanges(before.joinings, after.joinings, 'invites', joiningKey, joiningRecord))
  return changes
}

function mapChanges<T>(
  before: ReadonlyMap<number, T>,
  after: ReadonlyMap<number, T>,
  table: Table,
  key: (slot: number) => string,
  codec: Codec<T>,
): Change[] {
  if (before === after) return []
  const changes: Change[] = []
  for (const [slot, value] of after) if (before.get(slot) !== value) changes.push(put(table, key(slot), codec, value))
  for (const slot of before.keys()) if (!after.has(slot)) changes.push(remove(table, key(slot)))
  return changes
}
