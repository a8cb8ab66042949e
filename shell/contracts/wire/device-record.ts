/**
 * A device's record: how contacts and members of shared rooms find it and seal to it. Travels only inside
 * proven links, `add` operations and room messages; never over the broker in the clear.
 */
import type { DeviceKey, RendezvousKey, SignallingKey } from '../ids.ts'
import { constant, type Decoded, fixed, id, list, struct, u16, u48, u8 } from './codec.ts'

/** The newest record (highest `serial`) of a device counts. */
export const deviceRecordTbsCodec = struct({
  v: constant(1),
  device: id<DeviceKey>(32),
  rendezvous: id<RendezvousKey>(32),
  signalling: id<SignallingKey>(32),
  /** Numbers of capabilities this device has; unknown ones are ignored. None is defined yet. */
  capabilities: list(u16, 32),
  wireMin: u8,
  wireMax: u8,
  serial: u48,
})
export type DeviceRecordTbs = Decoded<typeof deviceRecordTbsCodec>

export const deviceRecordCodec = struct({ tbs: deviceRecordTbsCodec, signature: fixed(64) })
export type DeviceRecord = Decoded<typeof deviceRecordCodec>
