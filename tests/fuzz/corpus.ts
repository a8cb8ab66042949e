/**
 * Inputs that once broke something, here or in what we stand on: each by name, with what was wrong. They are fed to their
 * target each time the fuzzer begins. Kept small: one input a defect.
 */
import type { Target } from './run.ts'

export interface Past {
  readonly name: string
  readonly target: string
  /** From a good sample of the target. */
  readonly bytes: (sample: Uint8Array) => Uint8Array
}

const splice = (bytes: Uint8Array, at: number, remove: number, ...insert: number[]): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, at), ...insert, ...bytes.subarray(at + remove)])
const tail = (bytes: Uint8Array): Uint8Array => Uint8Array.from([...bytes, 0])

export const PAST: readonly Past[] = [
  { name: 'ts-mls takes trailing bytes behind a KeyPackage', target: 'mls-key-package', bytes: tail },
  { name: 'ts-mls takes trailing bytes behind a message', target: 'mls-message', bytes: tail },
  {
    name: 'ts-mls takes a length of one byte written in two',
    target: 'mls-key-package',
    bytes: (sample) => splice(sample, 8, 0, 0x40),
  },
  {
    name: 'ts-mls throws a TypeError at a KeyPackage cut within its leaf',
    target: 'mls-key-package',
    bytes: (sample) => sample.subarray(0, 100),
  },
  {
    name: 'a suite list of 64 KiB keeps ts-mls busy for a second',
    target: 'mls-key-package',
    bytes: (sample) => {
      const at = Buffer.from(sample).indexOf(Uint8Array.of(2, 0, 1, 2, 0, 1, 0, 0, 2, 0, 1)) + 3
      return splice(sample, at, 3, 0x80, 1, 0, 0, ...new Uint8Array(65_536))
    },
  },
  {
    name: 'an X25519 key of small order, to which nothing can be encrypted',
    target: 'mls-key-package',
    bytes: (sample) => splice(sample, 9, 32, ...new Uint8Array(32)),
  },
  { name: 'a bare text that is no object, for the broker', target: 'broker-message', bytes: () => Uint8Array.of(0x6e, 0x75, 0x6c, 0x6c) },
  {
    name: 'an invite link of a length that no base64 has',
    target: 'wire-invite-link',
    bytes: (sample) => sample.subarray(0, 4 * Math.floor(sample.length / 4) - 3),
  },
  {
    name: 'a padded frame that is longer than its body asks for',
    target: 'wire-padding',
    bytes: (sample) => Uint8Array.from([...sample, ...new Uint8Array(768)]),
  },
]

export const inputOf = (past: Past, targets: readonly Target[]): { readonly target: Target; readonly bytes: Uint8Array } => {
  const target = targets.find(({ name }) => name === past.target)
  const [sample] = target?.samples ?? []
  if (target === undefined || sample === undefined) throw new Error(`there is no target '${past.target}'`)
  return { target, bytes: past.bytes(sample) }
}
