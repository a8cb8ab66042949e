/** Whom this device knows on the level of links: peers, own invites, the invite it accepts; and where each is called. */
import type { BrokerId, DeviceKey, InviteKey } from '#contracts/ids.ts'
import type { Listening } from './invites.ts'
import type { Session } from './session.ts'
import type { DeviceTarget, InviterTarget, Target } from './target.ts'

export class Book {
  readonly me: DeviceKey
  /** Where this device is called in this period, and calls from; '' until that is known (rendezvous.ts). */
  ownId: BrokerId
  readonly devices = new Map<DeviceKey, DeviceTarget>()
  readonly invites = new Map<InviteKey, Listening>()
  accepted: InviterTarget | null = null

  constructor(me: DeviceKey, ownId = '' as BrokerId) {
    this.me = me
    this.ownId = ownId
  }

  /** All that are called until they are linked. */
  targets(): Target[] {
    return this.accepted === null ? [...this.devices.values()] : [...this.devices.values(), this.accepted]
  }

  isWanted(target: Target): boolean {
    return target.kind === 'device' ? this.devices.get(target.peer.device) === target : this.accepted === target
  }

  /** The target that a session serves; null for a caller at an own invite. */
  targetOf({ expected }: Session): Target | null {
    if (expected.kind === 'device') return this.devices.get(expected.device) ?? null
    return expected.kind === 'inviter' && this.accepted?.invite.key === expected.invite ? this.accepted : null
  }

  /** The own invite that a session came by. */
  listeningOf({ expected }: Session): Listening | null {
    return expected.kind === 'joiner' ? (this.invites.get(expected.invite) ?? null) : null
  }
}
