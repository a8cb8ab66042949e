/** The storage schema, version 1: golden bytes of every record. Wire and storage change apart from each other. */
import { STORAGE_SAMPLES } from './storage-samples.ts'
import { goldenSuite } from './support.ts'

goldenSuite('storage 1', 'storage-1.json', STORAGE_SAMPLES)
