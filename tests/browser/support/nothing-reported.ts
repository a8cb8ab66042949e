/** The last test of a file: in all of it, nothing happened that must not. */
import { expect, test } from 'vitest'
import { watches } from './watch.ts'

/** What Chromium itself writes when the server is away; no page can keep it from that. */
export const SERVER_AWAY = /WebSocket connection to 'ws:\/\/localhost:\d+\/signal.*failed|net::ERR_CONNECTION_REFUSED/

/** What Firefox itself writes of an attempt to connect whose other page was loaded anew meanwhile; no page can keep it from that. */
export const PEER_AWAY = /^uncaught: WebRTC: ICE failed, add a STUN server and see about:webrtc for more details$/

/** `except`: what the file brought about on purpose. */
export function testNothingReported(except: RegExp = /(?!)/): void {
  test('no policy report, no request to another origin, no error on the console in all of this', () => {
    expect(watches().length).toBeGreaterThan(0)
    expect(watches().flatMap((watch) => watch.problems().filter((problem) => !except.test(problem)))).toEqual([])
  })
}
