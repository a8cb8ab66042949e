/** The people of a room by their devices: local numbers, names, and how far each has read. */
import type { DeviceKey, Mid } from '#contracts/ids.ts'
import { encode } from '#contracts/wire/codec.ts'
import { type DeviceRecord, deviceRecordTbsCodec } from '#contracts/wire/device-record.ts'
import type { Op } from '#contracts/wire/entry.ts'
import { SottoError } from '#contracts/errors.ts'
import { nameOrId } from '../names.ts'
import { comparePlaces } from './places.ts'
import type { PersonRecord } from '../storage/group.ts'
import type { Tools } from '../tools.ts'

/** What the log says of a device: who it belongs to and how it is reached. */
export type Introduction = Extract<Op, { kind: 'create' | 'add' }>

/** Checks that a record is this device's own. Rejects 'bad-signature', 'wrong-peer'. */
export async function checkRecord({ cryptography }: Pick<Tools, 'cryptography'>, record: DeviceRecord, device: DeviceKey): Promise<void> {
  if (record.tbs.device !== device) throw new SottoError('wrong-peer')
  const [good] = await cryptography.verify([
    { label: 'record', key: device, bytes: encode(deviceRecordTbsCodec, record.tbs), signature: record.signature },
  ])
  if (good !== true) throw new SottoError('bad-signature')
}

export class People {
  private readonly records: PersonRecord[]
  private readonly numbers = new Map<DeviceKey, number>()
  private dirty = false
  private readonly introductions = new Map<DeviceKey, Introduction>()

  constructor(records: readonly PersonRecord[]) {
    this.records = [...records]
    for (const [number, { device }] of this.records.entries()) this.numbers.set(device, number)
  }

  /** For storage, by local number. */
  all(): readonly PersonRecord[] {
    return [...this.records]
  }

  /** True once after something changed. */
  changed(): boolean {
    const { dirty } = this
    this.dirty = false
    return dirty
  }

  /** The log names a device. */
  introduce(device: DeviceKey, introduction: Introduction): void {
    this.introductions.set(device, introduction)
    const { name, nameMid } = this.of(device)
    const introduced = nameOrId(introduction.name, introduction.user)
    if (nameMid === null && name !== introduced) this.change(device, { name: introduced })
  }

  introduction(device: DeviceKey): Introduction | null {
    return this.introductions.get(device) ?? null
  }

  /** The device's local number; a new one for a device that has none. */
  numberOf(device: DeviceKey): number {
    const known = this.numbers.get(device)
    if (known !== undefined) return known
    const introduction = this.introductions.get(device)
    const name = introduction === undefined ? device.slice(0, 8) : nameOrId(introduction.name, introduction.user)
    const number = this.records.length
    this.dirty = true
    this.records.push({ device, name, nameLamport: 0, nameMid: null, seen: 0, read: 0, generation: null, goneMs: 0, told: 0 })
    this.numbers.set(device, number)
    return number
  }

  byNumber(number: number): PersonRecord | null {
    return this.records[number] ?? null
  }

  of(device: DeviceKey): PersonRecord {
    return this.records[this.numberOf(device)] as PersonRecord
  }

  nameOf(device: DeviceKey): string {
    return this.of(device).name
  }

  /** Takes note of a name; false if a newer one is known. */
  rename(device: DeviceKey, name: string, place: { readonly lamport: number; readonly mid: Mid }): boolean {
    const known = this.of(device)
    if (known.nameMid !== null && comparePlaces(place, { lamport: known.nameLamport, mid: known.nameMid }) <= 0) return false
    this.change(device, { name, nameLamport: place.lamport, nameMid: place.mid })
    return true
  }

  change(device: DeviceKey, change: Partial<PersonRecord>): void {
    const number = this.numberOf(device)
    this.dirty = true
    this.records[number] = { ...(this.records[number] as PersonRecord), ...change }
  }
}
