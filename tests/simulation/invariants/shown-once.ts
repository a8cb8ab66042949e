import { toHex } from '#contracts/ids.ts'
import { encode } from '#contracts/wire/codec.ts'
import { contentCodec } from '#contracts/wire/content.ts'
import { SignedContent } from '../../../remotes/p2p/core/groups/mls-engine.ts'
import type { Content } from '../../../remotes/p2p/core/rooms/engine.ts'
import type { Opaque } from '../../../remotes/p2p/core/rooms/entry-view.ts'
import type { Invariant } from '../world.ts'

/** Equal for equal bodies: the toy hands the same object on, MLS the same bytes. */
const said = (body: Opaque): unknown => (body instanceof SignedContent ? toHex(encode(contentCodec, body.content)) : body)

/** No message is shown twice on a device, and none with two contents anywhere. */
export const shownOnce = (): Invariant => {
  const shown = new Map<string, Content>()
  const contents = new Map<string, unknown>()
  return {
    name: 'a message is shown once',
    afterBatch(world, device, batch) {
      for (const write of batch.writes) {
        if (write.kind !== 'message') continue
        const { content } = write
        // An old backup has not shown yet what the device had shown before.
        const here = `${device.index} ${device.restored !== null} ${content.mid}`
        if (shown.has(here)) world.fail(this.name, `message ${content.mid} shown twice on device ${device.index}`)
        shown.set(here, content)
        const before = contents.get(content.mid)
        if (before !== undefined && before !== said(content.body)) world.fail(this.name, `message ${content.mid} has two contents`)
        contents.set(content.mid, said(content.body))
      }
    },
  }
}
