/** What removes a room from storage and from the Worker. */
import type { Host } from '../groups/host.ts'
import { groupKey } from '../storage/group.ts'
import { roomKey, within } from '../storage/keys.ts'
import { type Change, remove } from '../storage/vault.ts'
import type { Tools } from '../tools.ts'

const TABLES = ['entries', 'messages', 'outbox', 'epochs'] as const

/** Every record of the room. Its epochs leave the Worker with the step. */
export async function erased(tools: Tools, host: Host): Promise<readonly Change[]> {
  const changes: Change[] = [remove('rooms', groupKey(host.slot))]
  for (const table of TABLES) {
    for (const key of await tools.vault.keys(table, within(`${roomKey(host.slot)}/`))) changes.push(remove(table, key))
  }
  for (const { id } of host.store.record.epochs) tools.moves.forget(host.id, id)
  return changes
}
