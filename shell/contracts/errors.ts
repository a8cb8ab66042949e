/**
 * The closed list of error codes, by whose fault it is. An error carries a code and nothing else: no user
 * data, no keys, no text of a dependency. The text for the person lives in remotes/ui/text; what a peer is
 * told is one of REFUSALS.
 */
export const ERROR_CODES = [
  // the bytes a peer, a broker or a person gave us
  'malformed', // does not decode, or not canonically
  'too-large', // over a bound in limits.ts, found before decoding
  'bad-signature',
  'bad-certificate', // chain does not lead to the user, or names another device
  'expired-certificate',
  'wrong-suite',
  'wrong-version',
  'replayed', // a blob, generation or message taken before
  'unexpected', // well formed, but not in this state
  // who the peer is
  'unknown-peer',
  'wrong-peer', // proved to be somebody other than expected
  'wrong-transcript', // the handshake covers another connection: somebody sits in the middle
  'timeout',
  'no-relay', // only relays may be used, and there is none
  // invites
  'invite-malformed',
  'invite-expired',
  'invite-used',
  'invite-revoked',
  'invite-own',
  'invite-unreachable',
  // messages
  'cannot-decrypt',
  'removed', // no longer a member
  'not-found',
  // this device
  'identity-missing', // records without their keys, or keys without their records
  'identity-exists',
  'locked', // the vault opens with a passphrase, and was not opened yet
  'wrong-passphrase',
  'storage-newer', // written by a later version of Sotto
  'storage-full',
  'storage-failed',
  'fenced', // another tab took over; this one must not write
  'worker-ended', // the cryptography Worker was stopped by its watchdog
  'unsupported', // the browser lacks something
  'internal', // our own fault
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** What a peer is told when it is refused. Says no more than it needs to act. */
export const REFUSALS = ['invite-used', 'invite-revoked', 'invite-expired', 'wrong-version', 'declined'] as const
export type Refusal = (typeof REFUSALS)[number]

/** The one error class of Sotto. `message` is the code, so that nothing else can leak into a log. */
export class SottoError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode) {
    super(code)
    this.name = 'SottoError'
    this.code = code
  }

  /** Each remote is built with a copy of this class of its own: what counts is the shape, not whose copy made it. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!(value instanceof Error) || value.name !== 'SottoError' || !('code' in value)) return false
    return ERROR_CODES.some((code) => code === value.code)
  }
}

/** The code of a caught value; anything that is not ours is 'internal'. */
export function codeOf(thrown: unknown): ErrorCode {
  return thrown instanceof SottoError ? thrown.code : 'internal'
}

/** A command's answer to the ui: never an exception. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: ErrorCode }
