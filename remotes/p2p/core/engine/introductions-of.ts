/** Who may introduce whom, as the rooms say: members of a room that all three share. */
import type { DeviceKey } from '#contracts/ids.ts'
import type { IntroductionRules } from '../link/api.ts'
import type { State } from './state.ts'

/** The member sets of the groups that this device is in. In a chat of two there is nobody to introduce. */
const circles = (state: State): readonly ReadonlySet<DeviceKey>[] =>
  [...state.groups.values()]
    .filter(({ host }) => !host.isDirect && host.standing !== 'removed' && host.standing !== 'left')
    .map(({ host }) => new Set(host.room.memberships.current().members.keys()))

export const introductionsOf = (stateNow: () => State, admits: NonNullable<IntroductionRules['admits']>): IntroductionRules => ({
  admits,
  introducers: (target) => {
    const state = stateNow()
    const linked = new Set([...state.sessions.values()].map(({ peer }) => peer.device))
    const found = new Set<DeviceKey>()
    for (const members of circles(state)) {
      if (!members.has(target)) continue
      for (const device of linked) if (device !== target && members.has(device)) found.add(device)
    }
    return [...found]
  },
  mayIntroduce: (from, to) => circles(stateNow()).some((members) => members.has(from) && members.has(to)),
})
