/**
 * Links whose code is still on its way: it is fetched when there is somebody to link with, not for the first screen. What
 * they are told meanwhile is told to them in order once they are there.
 */
import type { Links } from './api.ts'

/** Of a fetch that failed: the network may be back, or the release is in the cache by now. */
const RETRY_MS = 2000

/** `make` is called until it resolves. Until then nothing is linked: nothing can be sent, and nobody was heard. */
export function lateLinks(make: () => Promise<Links>, after: (delayMs: number, fire: () => void) => void): Links {
  let links: Links | null = null
  let stopped = false
  const told: ((there: Links) => void)[] = []
  const tell = (what: (there: Links) => void): void => {
    if (links === null) told.push(what)
    else what(links)
  }
  const begin = (): void => {
    if (stopped) return
    make().then(
      (made) => {
        if (stopped) {
          made.stop()
          return
        }
        links = made
        for (const what of told.splice(0)) what(made)
      },
      () => after(RETRY_MS, begin),
    )
  }
  begin()
  return {
    setPeers: (peers) => tell((there) => there.setPeers(peers)),
    setInvites: (invites) => tell((there) => there.setInvites(invites)),
    acceptInvite: (invite) => tell((there) => there.acceptInvite(invite)),
    promote: (session, peer) => tell((there) => there.promote(session, peer)),
    close: (session) => tell((there) => there.close(session)),
    relayed: (session, frame) => tell((there) => there.relayed(session, frame)),
    setRelayOnly: (on) => tell((there) => there.setRelayOnly(on)),
    wake: () => tell((there) => there.wake()),
    send: (session, channel, bytes) => links?.send(session, channel, bytes) ?? false,
    stats: async (session) => links?.stats(session) ?? null,
    lastHeardMs: (device) => links?.lastHeardMs(device) ?? null,
    stop: () => {
      stopped = true
      links?.stop()
    },
  }
}
