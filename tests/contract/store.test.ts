/** The Store port in Node: the simulator's, and the browser's adapter on a simulated IndexedDB. */
import 'fake-indexeddb/auto'
import { IndexedDbStore } from '../../remotes/p2p/adapters/indexeddb.ts'
import { MemoryDisk, MemoryStore } from '../../remotes/p2p/adapters/memory.ts'
import { storeSuite } from './store-suite.ts'

storeSuite('memory', async () => {
  const disk = new MemoryDisk()
  return { open: async () => new MemoryStore(disk) }
})

let databases = 0
storeSuite('IndexedDB, simulated', async () => {
  const name = `test ${++databases}`
  return { open: () => IndexedDbStore.open(name) }
})
