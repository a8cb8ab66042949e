/** What clients do to a broker in a process of its own, ours or the stock one: connect, talk, come and go, flood. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { WebSocket } from 'ws'
import { connect } from './broker-client.ts'

export type BrokerKind = 'ours' | 'stock'

const CHILD = fileURLToPath(new URL('./broker-child.ts', import.meta.url))
const FLOODER = fileURLToPath(new URL('./broker-flooder.ts', import.meta.url))
/** Sockets that are being opened at one time. */
const OPENING = 64

export interface BrokerProcess {
  readonly port: number
  /** Resident memory now, and the most it has been, in MB. */
  memory(): { readonly nowMb: number; readonly mostMb: number }
  readonly ended: () => boolean
  close(): void
}

/** `bounds`: 'open' lifts what one client may do, for a comparison of speed; 'standard' for attacks. */
export async function startBroker(kind: BrokerKind, bounds: 'open' | 'standard'): Promise<BrokerProcess> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', CHILD, kind, bounds], {
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  })
  if (child.stdout === null) throw new Error('the broker has no output')
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const field = (name: string): number => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) / 1024
  }
  return {
    port: Number(line),
    memory: () => ({ nowMb: field('VmRSS'), mostMb: field('VmHWM') }),
    ended: () => child.exitCode !== null || child.signalCode !== null,
    close: () => child.kill('SIGKILL'),
  }
}

/** `count` registered clients, c0 and up. */
export async function connectMany(port: number, count: number): Promise<readonly WebSocket[]> {
  const sockets: WebSocket[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const nth = next++
      sockets[nth] = await connect(port, `c${nth}`)
    }
  }
  await Promise.all(Array.from({ length: OPENING }, worker))
  return sockets
}

/** Every client says `each` messages to its neighbour, `window` at most on their way from one. Resolves when all have arrived. */
export function talk(sockets: readonly WebSocket[], each: number, payloadChars: number, window: number): Promise<void> {
  const payload = 'x'.repeat(payloadChars)
  const wanted = sockets.length * each
  let arrived = 0
  return new Promise((resolve) => {
    const sent = sockets.map(() => 0)
    const say = (nth: number): void => {
      if ((sent[nth] ?? each) >= each) return
      sent[nth] = (sent[nth] ?? 0) + 1
      const dst = `c${(nth + 1) % sockets.length}`
      sockets[nth]?.send(JSON.stringify({ type: 'OFFER', dst, payload }))
    }
    for (const [nth, socket] of sockets.entries()) {
      socket.on('message', () => {
        arrived += 1
        if (arrived === wanted) resolve()
        else say((nth + sockets.length - 1) % sockets.length)
      })
    }
    for (const nth of sockets.keys()) for (let i = 0; i < window; i += 1) say(nth)
  })
}

/** Clients that register and go, `count` in all, `OPENING` at a time. */
export async function cycles(port: number, count: number): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const socket = await connect(port, `cycle${next++}`)
      const closed = once(socket, 'close')
      socket.close()
      await closed
    }
  }
  await Promise.all(Array.from({ length: OPENING }, worker))
}

export interface Flood {
  /** Of a message of a bystander to another, while it lasted. */
  readonly bystandersMs: readonly number[]
  /** From the first message to the end of the flooder's socket; null if it was never ended. */
  readonly cutAfterMs: number | null
}

/** A client elsewhere says `count` messages of `chars` to an id that nobody has, as fast as it may; two others talk here. */
export async function flood(port: number, count: number, chars: number): Promise<Flood> {
  const [ann, bob] = [await connect(port, 'ann'), await connect(port, 'bob')]
  const flooder = spawn(process.execPath, ['--import', 'tsx', FLOODER, `${port}`, `${count}`, `${chars}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const bystandersMs: number[] = []
  let over = false
  const talking = (async (): Promise<void> => {
    while (!over) {
      const from = performance.now()
      const heard = once(bob, 'message')
      ann.send(JSON.stringify({ type: 'OFFER', dst: 'bob', payload: 'hello' }))
      await heard
      bystandersMs.push(performance.now() - from)
      // well within what one id may say in a second
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  const [line] = (await once(createInterface(flooder.stdout), 'line')) as [string]
  over = true
  await talking
  for (const one of [ann, bob]) one.terminate()
  return { bystandersMs, ...(JSON.parse(line) as Pick<Flood, 'cutAfterMs'>) }
}
