/**
 * Seeds over all cores. A seed is played in one process from its beginning to its end, and what is told of the
 * seeds comes out in their order: so nothing but the time depends on the number of processes.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { Run, Told } from './run.ts'

/** How far a process may be ahead of the seed that is told next. */
const AHEAD = 64

type Answer = { readonly kind: 'told'; readonly told: Told } | { readonly kind: 'thrown'; readonly seed: number; readonly text: string }

/** A seed ended in something else than a violation. */
export class SeedError extends Error {
  readonly seed: number
  constructor(seed: number, text: string) {
    super(`seed ${seed}: ${text}`)
    this.name = 'SeedError'
    this.seed = seed
  }
}

export interface PoolOptions {
  /** Processes; at least 1. */
  readonly jobs: number
  /** Changes what is built: for deliberate faults. */
  readonly plugins?: readonly Plugin[]
}

/** The simulator as one file: it starts at once, and runs a sixth faster than through a loader that keeps every function's name. */
async function bundle(folder: string, plugins: readonly Plugin[]): Promise<string> {
  const outfile = join(folder, 'child.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('pool-child.ts', import.meta.url))],
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    sourcemap: 'inline',
    logLevel: 'error',
    plugins: [...plugins],
  })
  return outfile
}

/**
 * Plays seeds from `from` on, and hands each outcome on in their order. Stops early, leaving nothing behind, when
 * the caller leaves the loop. Throws what a seed threw that was no violation.
 */
export async function* playAll(run: Run, from: number, count: number, { jobs, plugins = [] }: PoolOptions): AsyncGenerator<Told> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-simulation-'))
  const children: ChildProcess[] = []
  try {
    const file = await bundle(folder, plugins)
    const done = new Map<number, Answer>()
    let next = from
    let told = from
    let wake = (): void => undefined
    let failure: Error | null = null
    const idle: ChildProcess[] = []
    const feed = (): void => {
      while (idle.length > 0 && next < from + count && next < told + AHEAD * jobs) idle.pop()?.send({ seed: next++, run })
    }
    for (let i = 0; i < Math.min(jobs, count); i++) {
      const child = fork(file, { execArgv: ['--enable-source-maps'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      children.push(child)
      idle.push(child)
      child.on('message', (answer: Answer) => {
        done.set(answer.kind === 'told' ? answer.told.seed : answer.seed, answer)
        idle.push(child)
        feed()
        wake()
      })
      const died = (why: string): void => {
        failure ??= new Error(`a process of the simulator ended: ${why}`)
        wake()
      }
      child.on('error', (error) => died(error.message))
      child.on('exit', (code, signal) => died(`${code ?? signal}`))
    }
    feed()
    for (; told < from + count; told++) {
      let answer = done.get(told)
      while (answer === undefined) {
        if (failure !== null) throw failure
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        answer = done.get(told)
      }
      done.delete(told)
      if (answer.kind === 'thrown') throw new SeedError(answer.seed, answer.text)
      feed()
      yield answer.told
    }
  } finally {
    for (const child of children) {
      child.removeAllListeners('exit')
      child.kill('SIGKILL')
    }
    await rm(folder, { recursive: true, force: true })
  }
}
