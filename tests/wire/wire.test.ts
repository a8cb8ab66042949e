/** The wire format, version 1: golden bytes of every message. A change here is a new version, not a new file. */
import { SAMPLES } from './samples.ts'
import { goldenSuite } from './support.ts'

goldenSuite('wire 1', 'wire-1.json', SAMPLES)
