/** The cryptography core's ports, put together for a simulated device. */
import { memoryKeystoreForTests } from '../../../remotes/cryptography/adapters/keystore.ts'
import { mls, type MlsProvider } from '../../../remotes/cryptography/adapters/mls.ts'
import type { Hpke, Ports } from '../../../remotes/cryptography/core/ports.ts'
import type { Bytes, Primitives } from '../../../remotes/cryptography/core/primitives.ts'

export type RandomBytes = (length: number) => Bytes

export const mlsPorts = (primitives: Primitives, hpke: Hpke, provider: MlsProvider): Ports => ({
  primitives,
  hpke,
  keystore: memoryKeystoreForTests(),
  mls: (environment) => mls(environment, provider),
})
