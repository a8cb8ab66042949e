/**
 * What the overlays of one room say to each other (p2p core/overlay/messages.ts says what each means). Inside an
 * `overlay` frame, between members that are linked.
 */
import type { DeviceKey, EntryId } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { type Decoded, flag, id, list, struct, u8, union } from './codec.ts'

const device = id<DeviceKey>(32)
const entries = struct({ entries: list(id<EntryId>(32), LIMITS.overlayEntries) })
const walk = struct({ path: list(device, LIMITS.overlayPath), sample: list(device, LIMITS.overlaySample) })

export const overlayCodec = union({
  join: [1, struct({ few: flag })],
  neighbour: [2, struct({ urgent: flag, few: flag })],
  accept: [3, struct({ few: flag })],
  reject: [4, struct({})],
  disconnect: [5, struct({})],
  'forward-join': [6, struct({ device, hops: u8 })],
  shuffle: [7, walk],
  shuffled: [8, walk],
  ihave: [9, entries],
  graft: [10, entries],
  prune: [11, struct({})],
})
export type OverlayMessage = Decoded<typeof overlayCodec>
