/** The frame of every persisted record: the storage version comes first. Storage is not wire: each has its own versions. */
import { STORAGE_VERSION } from '#contracts/version.ts'
import { constant } from '#contracts/wire/codec.ts'

export const version = constant(STORAGE_VERSION)

/** The largest record: an entry, or a Welcome kept for its joiner. */
export const RECORD_BYTES = 512 * 1024
