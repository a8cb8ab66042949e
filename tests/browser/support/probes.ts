/**
 * What tests watch inside a page, installed before any script of the product. The product has no test
 * switches: everything is seen by wrapping what the platform offers.
 */

/** Counts and records on `globalThis.__probe`; see the fields. Pass to `context.addInitScript`. */
export function installProbe(): void {
  interface Probe {
    connections: number
    candidates: number
    frames: string[]
    fingerprints: string[]
    keys: string[]
    identity: unknown
    blobs: { opened: number; refused: number; waiting: number }
  }
  const probe: Probe = {
    connections: 0,
    candidates: 0,
    frames: [],
    fingerprints: [],
    keys: [],
    identity: null,
    blobs: { opened: 0, refused: 0, waiting: 0 },
  }
  Object.assign(globalThis, { __probe: probe })

  const hex = (data: unknown): void => {
    const bytes =
      data instanceof ArrayBuffer
        ? new Uint8Array(data)
        : ArrayBuffer.isView(data)
          ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
          : new TextEncoder().encode(String(data))
    probe.frames.push(Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''))
  }

  const Native = globalThis.RTCPeerConnection
  globalThis.RTCPeerConnection = class extends Native {
    constructor(config?: RTCConfiguration) {
      super(config)
      probe.connections += 1
      this.addEventListener('icecandidate', (event) => {
        if (event.candidate) probe.candidates += 1
      })
      this.addEventListener('signalingstatechange', () => {
        for (const description of [this.localDescription, this.remoteDescription]) {
          for (const match of (description?.sdp ?? '').matchAll(/a=fingerprint:sha-256 ([0-9A-F:]+)/gi))
            probe.fingerprints.push((match[1] ?? '').replaceAll(':', '').toLowerCase())
        }
      })
    }
  }
  const nativeSend = RTCDataChannel.prototype.send
  RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: never) {
    hex(data)
    nativeSend.call(this, data)
  }

  // everything the Worker hands out that has the shape of a public key, but for the blinded ones
  const collect = (value: unknown, depth: number): void => {
    if (depth > 8) return
    if (typeof value === 'string') {
      if (/^[0-9a-f]{64}$/.test(value)) probe.keys.push(value)
    } else if (Array.isArray(value)) for (const one of value) collect(one, depth + 1)
    else if (value !== null && typeof value === 'object' && !ArrayBuffer.isView(value)) {
      if ('signalling' in value && 'rendezvous' in value && 'chain' in value) probe.identity = value
      for (const one of Object.values(value)) collect(one, depth + 1)
    }
  }
  const NativeWorker = globalThis.Worker
  globalThis.Worker = class extends NativeWorker {
    /** Calls that open a blob and are not answered yet. */
    private readonly openings = new Set<number>()
    /** Calls for blinded keys: those are made for the broker. */
    private readonly blindings = new Set<number>()

    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options)
      this.addEventListener('message', (event) => {
        if (!this.blindings.delete(event.data.id)) collect(event.data, 0)
        if (!this.openings.delete(event.data.id)) return
        probe.blobs.waiting -= 1
        if (event.data.kind === 'value') probe.blobs.opened += 1
        else probe.blobs.refused += 1
      })
    }

    override postMessage(message: { id: number; name?: string }, ...rest: never[]): void {
      if (message.name === 'blindKeys') this.blindings.add(message.id)
      if (message.name === 'openSignal') {
        this.openings.add(message.id)
        probe.blobs.waiting += 1
      }
      super.postMessage(message, ...rest)
    }
  }
}

export interface ProbeReading {
  readonly connections: number
  readonly candidates: number
  readonly frames: readonly string[]
  readonly fingerprints: readonly string[]
  readonly keys: readonly string[]
  /** What the Worker says of this device in public; null before *Start*. */
  readonly identity: { readonly device: string; readonly signalling: string; readonly rendezvous: string } | null
  /** Blobs of the broker that were given to the Worker: opened, not opened, not answered yet. */
  readonly blobs: { readonly opened: number; readonly refused: number; readonly waiting: number }
}

/** Runs in the page. */
export const readProbe = (): ProbeReading => (globalThis as unknown as { __probe: ProbeReading }).__probe

/** Every byte stored by this origin in IndexedDB, OPFS, caches and localStorage, as one Latin-1 text. Runs in the page. */
export async function dumpStorage(): Promise<string> {
  const out: string[] = []
  const bytesToText = (bytes: Uint8Array) => {
    let text = ''
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
    return text
  }
  const render = (value: unknown, depth = 0): void => {
    if (depth > 8) return
    if (typeof value === 'string') out.push(bytesToText(new TextEncoder().encode(value)))
    else if (value instanceof ArrayBuffer) out.push(bytesToText(new Uint8Array(value)))
    else if (ArrayBuffer.isView(value)) out.push(bytesToText(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)))
    else if (value instanceof CryptoKey) out.push(`CryptoKey extractable=${value.extractable}`)
    else if (Array.isArray(value)) for (const one of value) render(one, depth + 1)
    else if (value !== null && typeof value === 'object') {
      for (const [key, one] of Object.entries(value)) {
        out.push(key)
        render(one, depth + 1)
      }
    } else out.push(String(value))
  }
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('indexedDB'))
    })
  for (const { name } of await indexedDB.databases()) {
    if (name === undefined) continue
    out.push(name)
    const db = await done(indexedDB.open(name))
    for (const store of db.objectStoreNames) {
      out.push(store)
      const objects = db.transaction(store).objectStore(store)
      for (const index of objects.indexNames) out.push(index)
      render(await done(objects.getAllKeys()))
      render(await done(objects.getAll()))
    }
    db.close()
  }
  for (const [key, value] of Object.entries(localStorage)) out.push(key, String(value))
  const walk = async (directory: FileSystemDirectoryHandle): Promise<void> => {
    for await (const [name, handle] of directory as unknown as AsyncIterable<[string, FileSystemHandle]>) {
      out.push(name)
      if (handle.kind === 'directory') await walk(handle as FileSystemDirectoryHandle)
      else out.push(bytesToText(new Uint8Array(await (await (handle as FileSystemFileHandle).getFile()).arrayBuffer())))
    }
  }
  await walk(await navigator.storage.getDirectory())
  return out.join('\n')
}
