/** Messages whose time is over leave every room: now and then while the page runs, and before anything is shown when it starts. */
import type { Tools } from '../tools.ts'
import { hostOf, turned } from './group-steps.ts'
import type { State } from './state.ts'
import { nothing, type Outcome, type Step } from './step.ts'

/** When the next message goes, in any room; null while none is counting. */
export function nextEndMs(state: State): number | null {
  const all = [...state.groups.values()].flatMap(({ host }) => host.contents.fleeting.nextMs ?? [])
  return all.length === 0 ? null : Math.min(...all)
}

export const fade: Step<void> = async (before: State, tools: Tools) => {
  let all: Outcome<void> = nothing(before)
  for (const slot of before.groups.keys()) {
    const host = await hostOf(tools, all.state, slot)
    const turn = await host.fade(tools)
    if (turn === null) continue
    const next = turned(all.state, host, turn)
    all = { ...next, changes: [...all.changes, ...next.changes], effects: [...all.effects, ...next.effects] }
  }
  return all
}
