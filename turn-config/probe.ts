/**
 * A TURN client that asks for allocations and permissions and nothing else (RFC 8656, RFC 8489 section 9.2), over UDP:
 * it shows what a relay would let a client reach, and sends no byte to any peer.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'

const COOKIE = 0x2112a442
const HEADER_BYTES = 20
const METHOD = { allocate: 0x0003, createPermission: 0x0008 } as const
const ATTRIBUTE = {
  username: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  peer: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  family: 0x0017,
  transport: 0x0019,
} as const
const SUCCESS = 0x0100
const INTEGRITY_BYTES = 24
const UDP = 17
const RETRY_MS = 500
const TRIES = 10
const STALE_NONCE = 438

type Attribute = readonly [type: number, value: Buffer]

export interface TurnLogin {
  readonly username: string
  readonly credential: string
}

/** 0 for success, else the error code of the STUN answer. */
export type TurnCode = number

/** The 16 or 4 bytes of an address in text. */
function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number))
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [left = '', right] = text.split('::')
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))
  const before = groups(left)
  const after = groups(right ?? '')
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}

function encode(method: number, transaction: Buffer, attributes: readonly Attribute[], key: Buffer | null): Buffer {
  const body = Buffer.concat(
    attributes.map(([type, value]) => {
      const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
      padded.writeUInt16BE(type, 0)
      padded.writeUInt16BE(value.length, 2)
      value.copy(padded, 4)
      return padded
    }),
  )
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(method, 0)
  header.writeUInt16BE(body.length + (key === null ? 0 : INTEGRITY_BYTES), 2)
  header.writeUInt32BE(COOKIE, 4)
  transaction.copy(header, 8)
  const message = Buffer.concat([header, body])
  if (key === null) return message
  const mac = createHmac('sha1', key).update(message).digest()
  return Buffer.concat([message, Buffer.from([0, ATTRIBUTE.integrity, 0, mac.length]), mac])
}

function decode(message: Buffer): { readonly type: number; readonly attributes: ReadonlyMap<number, Buffer> } {
  const attributes = new Map<number, Buffer>()
  for (let at = HEADER_BYTES; at + 4 <= message.length; ) {
    const length = message.readUInt16BE(at + 2)
    attributes.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + length))
    at += 4 + Math.ceil(length / 4) * 4
  }
  return { type: message.readUInt16BE(0), attributes }
}

/** One client of a TURN server; `login: null` asks without credentials. */
export class TurnProbe {
  private readonly socket: Socket
  private readonly port: number
  private readonly host: string
  private readonly login: TurnLogin | null
  private realm = Buffer.alloc(0)
  private nonce = Buffer.alloc(0)

  constructor(host: string, port: number, login: TurnLogin | null) {
    this.host = host
    this.port = port
    this.login = login
    this.socket = createSocket('udp4')
  }

  /** Asks for one UDP allocation, with an address of this family. */
  allocate(family: 4 | 6): Promise<TurnCode> {
    return this.ask(METHOD.allocate, [
      [ATTRIBUTE.transport, Buffer.from([UDP, 0, 0, 0])],
      [ATTRIBUTE.family, Buffer.from([family === 4 ? 1 : 2, 0, 0, 0])],
    ])
  }

  /** Asks that the allocation may exchange packets with `address`. */
  permit(address: string): Promise<TurnCode> {
    // the transaction is part of the mask of an IPv6 address, so it is made here
    const transaction = randomBytes(12)
    const bytes = addressBytes(address)
    const mask = Buffer.concat([Buffer.from([0x21, 0x12, 0xa4, 0x42]), transaction])
    const masked = bytes.map((byte, at) => byte ^ (mask[at] ?? 0))
    const value = Buffer.concat([Buffer.from([0, bytes.length === 4 ? 1 : 2, 0x21, 0x12]), masked])
    return this.ask(METHOD.createPermission, [[ATTRIBUTE.peer, value]], transaction)
  }

  close(): void {
    this.socket.close()
  }

  private async ask(method: number, attributes: readonly Attribute[], transaction = randomBytes(12)): Promise<TurnCode> {
    let code = 0
    // The first answer to whoever brings no nonce is 401 with one; a stale one is renewed once.
    for (let round = 0; round < 3; round += 1) {
      const knows = this.login !== null && this.nonce.length > 0
      const answer = decode(await this.exchange(method, knows ? this.signed(attributes) : attributes, transaction, knows))
      const error = answer.attributes.get(ATTRIBUTE.error)
      if (error === undefined) {
        if (answer.type !== (method | SUCCESS)) throw new Error('an answer that is neither success nor error')
        return 0
      }
      code = (error[2] ?? 0) * 100 + (error[3] ?? 0)
      this.realm = Buffer.from(answer.attributes.get(ATTRIBUTE.realm) ?? this.realm)
      this.nonce = Buffer.from(answer.attributes.get(ATTRIBUTE.nonce) ?? this.nonce)
      if (this.login === null || (knows && code !== STALE_NONCE)) return code
    }
    return code
  }

  private signed(attributes: readonly Attribute[]): readonly Attribute[] {
    return [
      ...attributes,
      [ATTRIBUTE.username, Buffer.from(this.login?.username ?? '')],
      [ATTRIBUTE.realm, this.realm],
      [ATTRIBUTE.nonce, this.nonce],
    ]
  }

  private exchange(method: number, attributes: readonly Attribute[], transaction: Buffer, signs: boolean): Promise<Buffer> {
    const { username = '', credential = '' } = this.login ?? {}
    const key = signs ? createHash('md5').update(`${username}:${this.realm}:${credential}`).digest() : null
    const message = encode(method, transaction, attributes, key)
    return new Promise((resolve, reject) => {
      let tries = 0
      const end = (): void => {
        clearInterval(timer)
        this.socket.off('message', onMessage)
      }
      const onMessage = (heard: Buffer): void => {
        if (heard.length < HEADER_BYTES || !heard.subarray(8, HEADER_BYTES).equals(transaction)) return
        end()
        resolve(heard)
      }
      const send = (): void => {
        tries += 1
        if (tries <= TRIES) this.socket.send(message, this.port, this.host)
        else {
          end()
          reject(new Error('the TURN server does not answer'))
        }
      }
      const timer = setInterval(send, RETRY_MS)
      this.socket.on('message', onMessage)
      send()
    })
  }
}
