/** What a bench gives back and how it is shown. */

/** One measured quantity: what it is, its unit, and its samples' figures. */
export interface Figure {
  readonly what: string
  readonly unit: 'ms' | 'times' | 'bytes' | 'hops' | 'messages' | '%' | 'a second' | 'kB' | 'MB' | 'sockets'
  readonly samples: number
  readonly p50: number
  readonly p95: number
}

/** Runs a bench. `progress` takes a line for the person who waits. Rejects if anything could not be measured. */
export type Bench = (progress: (line: string) => void) => Promise<readonly Figure[]>

/** The smallest sample that at least `share` of all samples do not exceed (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new Error('no samples')
  return value
}

export const figure = (what: string, samples: readonly number[]): Figure => ({
  what,
  unit: 'ms',
  samples: samples.length,
  p50: percentile(samples, 0.5),
  p95: percentile(samples, 0.95),
})

/** `over`: how many times the one is of the other, figure by figure. */
export const ratio = (what: string, of: Figure, over: Figure): Figure => ({
  what,
  unit: 'times',
  samples: of.samples,
  p50: of.p50 / over.p50,
  p95: of.p95 / over.p95,
})

/** A size, which is the same each time. */
export const bytes = (what: string, size: number): Figure => ({ what, unit: 'bytes', samples: 1, p50: size, p95: size })

/** To stdout: JSON in one line, or a table. */
export function print(name: string, figures: readonly Figure[], json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ bench: name, node: process.versions.node, figures })}\n`)
    return
  }
  const shown = (value: number) => value.toFixed(value < 10 ? 2 : 0).padStart(9)
  process.stdout.write(`${name.padEnd(58)}${'p50'.padStart(9)}${'p95'.padStart(9)}${'samples'.padStart(9)}\n`)
  for (const { what, unit, p50, p95, samples } of figures) {
    process.stdout.write(`${`${what}, ${unit}`.padEnd(58)}${shown(p50)}${shown(p95)}${String(samples).padStart(9)}\n`)
  }
}
