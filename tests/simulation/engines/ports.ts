/** The cryptography core's ports, put together for a simulated device. */
import { blinding } from '../../../remotes/cryptography/adapters/blinding.ts'
import { memoryKeystoreForTests } from '../../../remotes/cryptography/adapters/keystore.ts'
import { mls, type MlsProvider } from '../../../remotes/cryptography/adapters/mls.ts'
import type { Hpke, Ports } from '../../../remotes/cryptography/core/ports.ts'
import type { Bytes, Primitives } from '../../../remotes/cryptography/core/primitives.ts'

export type RandomBytes = (length: number) => Bytes

/** Rooms are simulated in the `classic` profile: others differ in what their keys are made of, and in nothing that rooms do. */
export const mlsPorts = (primitives: Primitives, hpke: Hpke, provider: MlsProvider): Ports => ({
  primitives,
  hpke,
  blinding,
  nistKey: (seed) => primitives.signingKey(seed.slice(0, 32)),
  keystore: memoryKeystoreForTests(),
  mls: (environment, profile) => mls(environment, profile, provider),
})
