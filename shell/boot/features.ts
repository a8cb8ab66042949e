/** What Sotto can't do without. Asked before anything is loaded that needs it. */

interface Feature {
  readonly name: string
  readonly present: () => boolean | Promise<boolean>
}

const global = globalThis as unknown as Readonly<Record<string, unknown>>
const has = (name: string) => (): boolean => name in global

const algorithm = (name: string, usages: KeyUsage[]) => async (): Promise<boolean> => {
  try {
    await crypto.subtle.generateKey({ name }, false, usages)
    return true
  } catch {
    return false
  }
}

const FEATURES: readonly Feature[] = [
  { name: 'A secure connection (https)', present: () => isSecureContext && 'subtle' in crypto },
  // No browser says whether it checks import maps. Firefox and Safari learnt each of these together with it.
  { name: 'Integrity of imported modules', present: () => 'parse' in URL && 'captureStackTrace' in Error },
  { name: 'Peer-to-peer connections (WebRTC)', present: () => 'RTCPeerConnection' in global && 'RTCDataChannel' in global },
  { name: 'Storage in this browser (IndexedDB)', present: has('indexedDB') },
  { name: 'Background scripts (Workers)', present: has('Worker') },
  { name: 'Locks between tabs (Web Locks)', present: () => 'locks' in navigator },
  { name: 'Messages between tabs (BroadcastChannel)', present: has('BroadcastChannel') },
  { name: 'Ed25519 signatures', present: algorithm('Ed25519', ['sign', 'verify']) },
  { name: 'X25519 key agreement', present: algorithm('X25519', ['deriveBits']) },
]

/** The names of what is missing; empty if nothing is. */
export async function missingFeatures(): Promise<readonly string[]> {
  const present = await Promise.all(FEATURES.map(async (feature) => feature.present()))
  return FEATURES.filter((_, i) => present[i] !== true).map((feature) => feature.name)
}
