/** A real redis-server on loopback, for tests of several brokers. It keeps nothing on disk. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

const REDIS = '/usr/bin/redis-server'
const HOST = '127.0.0.1'

export const redisIsThere = (): boolean => existsSync(REDIS)

export interface Redis {
  readonly url: string
  kill(): Promise<void>
  /** Again, on the same port, empty. */
  start(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, HOST, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

export async function startRedis(password: string): Promise<Redis> {
  const port = await freePort()
  let child: ChildProcess | null = null
  const start = async (): Promise<void> => {
    const args = ['--port', `${port}`, '--bind', HOST, '--save', '', '--appendonly', 'no', '--requirepass', password]
    child = spawn(REDIS, args, { stdio: 'ignore' })
    while (!(await answers(port))) await wait(20)
  }
  await start()
  return {
    url: `redis://:${password}@${HOST}:${port}`,
    start,
    kill: async () => {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
