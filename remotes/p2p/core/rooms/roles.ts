/**
 * Who may do what: one table, read with the author's role in the operation's own past. Also the total
 * order of seniority that decides between operations which did not know each other.
 */
import type { DeviceKey, EntryId, UserId } from '#contracts/ids.ts'
import type { Role } from '#contracts/wire/entry.ts'
import type { RoomOp } from './entry-view.ts'

/** A device that is a member, as some past sees it. */
export interface Member {
  readonly device: DeviceKey
  readonly user: UserId
  readonly role: Role
  /** The add that brought it in, and how deep in the log that stands. */
  readonly add: EntryId
  readonly addDepth: number
}

/** own: devices of the same person · below: devices whose role is not above the author's, owners never by others · any. */
type Reach = 'no' | 'own' | 'below' | 'any'

export const PERMISSIONS: Readonly<Record<Exclude<RoomOp['kind'], 'create'>, Readonly<Record<Role, Reach>>>> = {
  // A member also adds whoever comes with a valid invite; that is checked with the invite's uses.
  add: { member: 'own', admin: 'below', owner: 'any' },
  remove: { member: 'own', admin: 'below', owner: 'any' },
  leave: { member: 'any', admin: 'any', owner: 'any' },
  role: { member: 'no', admin: 'no', owner: 'any' },
  invite: { member: 'no', admin: 'any', owner: 'any' },
  revoke: { member: 'no', admin: 'any', owner: 'any' },
  settings: { member: 'no', admin: 'any', owner: 'any' },
  mute: { member: 'no', admin: 'below', owner: 'any' },
}

const RANK: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 }

/** Whether `actor` may do this to a device of that person and role (its own, for operations without a target). */
export function permits(kind: keyof typeof PERMISSIONS, actor: Member, target: { readonly user: UserId; readonly role: Role }): boolean {
  const reach = PERMISSIONS[kind][actor.role]
  const below = RANK[target.role] <= RANK[actor.role]
  if (reach === 'no') return false
  if (reach === 'own') return below && target.user === actor.user
  if (reach === 'below') return below
  return true
}

/** Whether a device with this role could ever remove somebody else's. */
export const canRemoveOthers = (role: Role): boolean => PERMISSIONS.remove[role] === 'below' || PERMISSIONS.remove[role] === 'any'

/** Whether the device came in with the room's first entry, the only one that stands on no other. */
export const isFounder = ({ addDepth }: Pick<Member, 'addDepth'>): boolean => addDepth === 0

/** Negative if `a` is senior to `b`: role, then the depth of the add, then the key. Total: two devices never tie. */
export const bySeniority = (a: Member, b: Member): number =>
  RANK[b.role] - RANK[a.role] || a.addDepth - b.addDepth || (a.device < b.device ? -1 : a.device > b.device ? 1 : 0)
