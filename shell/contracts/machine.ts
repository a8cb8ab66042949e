/**
 * The shape of everything in a core: one input at a time, the next state and the effects as values.
 * The loop that drives it awaits the step, commits what must be stored, then runs the effects in order.
 */
export interface Step<State, Effect> {
  readonly state: State
  readonly effects: readonly Effect[]
}
