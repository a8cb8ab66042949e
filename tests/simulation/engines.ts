/** The engines that a simulation can run on, by their names on the command line. */
import type { EngineKind } from './engine.ts'
import { fakeMls, fakeSha256 } from './engines/fake.ts'
import { mlsKind } from './engines/mls.ts'
import { realMls, realSha256 } from './engines/real.ts'
import { toy } from './engines/toy.ts'

export const ENGINES = {
  /** Strings for secrets: thousands of seeds a minute. */
  toy,
  /** ts-mls over hashes that are fast and keep no secret. */
  fake: mlsKind({ ports: fakeMls, sha256: fakeSha256 }),
  /** ts-mls over real cryptography, with chance from the seed. */
  real: mlsKind({ ports: realMls, sha256: realSha256 }),
} as const satisfies Readonly<Record<string, EngineKind>>
export type EngineName = keyof typeof ENGINES
export const isEngine = (name: string): name is EngineName => Object.hasOwn(ENGINES, name)
