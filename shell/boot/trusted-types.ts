/**
 * The only two ways from a string to a script. Both policies are named in the page's Content-Security-Policy,
 * which lets each be made once: here, before any remote is loaded.
 */

/** A TrustedScriptURL. The DOM types know only strings, and the platform takes it wherever it takes one. */
type ScriptUrl = string

interface Policies {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): ScriptUrl }
}

function policy(name: string, accepts: (url: string) => boolean): (url: string) => ScriptUrl {
  const createScriptURL = (url: string): string => {
    if (!accepts(url)) throw new TypeError(`${name} refuses this URL`)
    return url
  }
  const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes
  if (policies === undefined) return createScriptURL
  const made = policies.createPolicy(name, { createScriptURL })
  return (url) => made.createScriptURL(url)
}

const minted = new Set<string>()

const workerUrl = policy('sotto-worker', (url) => minted.has(url))

/** The URL of a script made of exactly these bytes, which the caller has checked. Good for one Worker; then `release` it. */
export function mintWorkerUrl(bytes: ArrayBuffer): { readonly url: ScriptUrl; readonly release: () => void } {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'text/javascript' }))
  minted.add(url)
  const release = (): void => {
    minted.delete(url)
    URL.revokeObjectURL(url)
  }
  return { url: workerUrl(url), release }
}

const SERVICE_WORKER = new URL('./service-worker.js', document.baseURI).href

const serviceWorkerPolicy = policy('sotto-service-worker', (url) => url === SERVICE_WORKER)

/** The one service worker there is. */
export const serviceWorkerUrl = (): ScriptUrl => serviceWorkerPolicy(SERVICE_WORKER)
