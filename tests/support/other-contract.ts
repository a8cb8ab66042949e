/** In place of shell/contracts/version.ts, for one remote of a test's build. */
export { STORAGE_VERSION, WIRE_VERSIONS } from '../../shell/contracts/version.ts'

export const CONTRACT_VERSION = 1001
