/** Bytes as the layers of a room carry them: they know the length and never look inside. */
import { SottoError } from '#contracts/errors.ts'
import type { DeviceKey } from '#contracts/ids.ts'
import type { ContentBody } from '#contracts/wire/content.ts'
import type { Op } from '#contracts/wire/entry.ts'
import type { Opaque } from '../rooms/entry-view.ts'

export class Bytes implements Opaque {
  readonly bytes: Uint8Array
  /** Who made them; null where nobody needs to know. */
  readonly from: DeviceKey | null
  constructor(bytes: Uint8Array, from: DeviceKey | null = null) {
    this.bytes = bytes
    this.from = from
  }

  get length(): number {
    return this.bytes.length
  }
}

/** The same with who made them. */
export const itemOf = (opaque: Opaque): { readonly bytes: Uint8Array; readonly from: DeviceKey | null } => ({
  bytes: bytesOf(opaque),
  from: opaque instanceof Bytes ? opaque.from : null,
})

/** The bytes inside. Anything else is our own fault. */
export function bytesOf(opaque: Opaque): Uint8Array<ArrayBuffer> {
  if (!(opaque instanceof Bytes)) throw new SottoError('internal')
  return opaque.bytes as Uint8Array<ArrayBuffer>
}

/** An operation as it travels: certificates, records, names, secrets of invites. */
export class Card<K extends Op['kind'] = Op['kind']> implements Opaque {
  readonly length = 0
  readonly op: Extract<Op, { kind: K }>
  constructor(op: Extract<Op, { kind: K }>) {
    this.op = op
  }
}

/** The operation of this kind on a card. Anything else is our own fault. */
export function cardOf<K extends Op['kind']>(opaque: Opaque, kind: K): Extract<Op, { kind: K }> {
  if (!(opaque instanceof Card) || opaque.op.kind !== kind) throw new SottoError('internal')
  return opaque.op as Extract<Op, { kind: K }>
}

/** What this device is about to say. */
export class Words implements Opaque {
  readonly length = 0
  readonly body: ContentBody
  constructor(body: ContentBody) {
    this.body = body
  }
}

export function wordsOf(opaque: Opaque): ContentBody {
  if (!(opaque instanceof Words)) throw new SottoError('internal')
  return opaque.body
}
