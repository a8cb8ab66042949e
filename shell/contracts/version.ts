/** The version of the ports in this folder. A remote built against another is refused by the shell. */
export const CONTRACT_VERSION = 1

/** The wire versions this build speaks, lowest first. Peers take the highest they share. */
export const WIRE_VERSIONS = { min: 1, max: 1 } as const

/** The version written in each persisted record. */
export const STORAGE_VERSION = 1
