/** Something that must never happen has happened. */
export class Violation extends Error {
  readonly invariant: string
  readonly atMs: number
  readonly step: number
  constructor(invariant: string, text: string, atMs: number, step: number) {
    super(text)
    this.name = 'Violation'
    this.invariant = invariant
    this.atMs = atMs
    this.step = step
  }
}
