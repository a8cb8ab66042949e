/** How a connection runs now, from the browser's own measurements (W3C webrtc-stats). */
import type { LinkStats } from '#contracts/p2p.ts'

/** The fields that we read; a browser may lack any of them. */
interface Report {
  readonly type?: unknown
  readonly state?: unknown
  readonly selected?: unknown
  readonly nominated?: unknown
  readonly selectedCandidatePairId?: unknown
  readonly localCandidateId?: unknown
  readonly remoteCandidateId?: unknown
  readonly candidateType?: unknown
  readonly protocol?: unknown
  readonly currentRoundTripTime?: unknown
  readonly bytesSent?: unknown
  readonly bytesReceived?: unknown
}

export function linkStatsOf(reports: ReadonlyMap<string, Report>): LinkStats {
  const all = [...reports.values()]
  const chosen = all.find((one) => one.type === 'transport' && typeof one.selectedCandidatePairId === 'string')
  // Firefox marks the pair itself.
  const pair =
    reports.get(text(chosen?.selectedCandidatePairId) ?? '') ??
    all.find((one) => one.type === 'candidate-pair' && one.state === 'succeeded' && (one.selected === true || one.nominated === true))
  const local = reports.get(text(pair?.localCandidateId) ?? '')
  const remote = reports.get(text(pair?.remoteCandidateId) ?? '')
  const localType = text(local?.candidateType)
  const remoteType = text(remote?.candidateType)
  const seconds = pair?.currentRoundTripTime
  return {
    path: localType === null || remoteType === null ? 'unknown' : localType === 'relay' || remoteType === 'relay' ? 'relayed' : 'direct',
    localCandidate: localType,
    remoteCandidate: remoteType,
    protocol: text(local?.protocol),
    roundTripMs: typeof seconds === 'number' ? seconds * 1000 : null,
    bytesSent: count(pair?.bytesSent),
    bytesReceived: count(pair?.bytesReceived),
  }
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const count = (value: unknown): number => (typeof value === 'number' ? value : 0)
