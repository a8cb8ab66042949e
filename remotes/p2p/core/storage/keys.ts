/**
 * Names of records. Rooms, members, contacts and invites go by local numbers, so a dump's keys say how much
 * there is and nothing about whom. Zero-padded: string order is number order.
 */
import type { Mid } from '#contracts/ids.ts'

const number = (value: number, digits: number): string => value.toString().padStart(digits, '0')

export const IDENTITY_KEY = 'identity'
export const PROFILE_KEY = 'profile'
export const LOCK_KEY = 'lock'

export const contactKey = (slot: number): string => `c${number(slot, 5)}`
export const inviteKey = (slot: number): string => `i${number(slot, 5)}`
/** An invite of somebody else's that is being accepted. */
export const joiningKey = (slot: number): string => `j${number(slot, 5)}`
export const roomKey = (room: number): string => `r${number(room, 5)}`
export const epochKey = (room: number, epoch: number): string => `${roomKey(room)}/${number(epoch, 7)}`
/** Sorts as the conversation does: Lamport time, then mid. */
export const messageKey = (room: number, lamport: number, mid: Mid): string => `${roomKey(room)}/${number(lamport, 15)}/${mid}`

/** Every key that begins with `prefix`: to be used as from and to of a range. */
export const within = (prefix: string): { readonly from: string; readonly to: string } => ({ from: prefix, to: `${prefix}\uffff` })

/** The local number in a key like `r00012`. */
export const slotOf = (key: string): number => Number(key.slice(1, 6))
