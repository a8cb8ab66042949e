/** The files that operators copy: settings that the broker takes, units that systemd takes, parts that fit each other. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { fromFile } from '../../signaling/settings.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FOLDER = join(ROOT, 'signaling/deploy')
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8')
const named = (end: string): readonly string[] => readdirSync(FOLDER).filter((name) => name.endsWith(end))
const settings = (name: string) => fromFile(JSON.parse(read(name)))
const SYSTEMD_ANALYZE = '/usr/bin/systemd-analyze'

test.each(named('.json'))('%s has settings that exist, in the right form, and says which names it goes by', (name) => {
  expect(settings(name).get('names')).toEqual(['chat.example.org'])
})

test.each(named('.service'))('%s starts a file of this repository with settings that are here, and can read its packages', (name) => {
  const unit = read(name)
  const start = /^ExecStart=\/usr\/bin\/node (.+)$/m.exec(unit)?.[1]?.split(' ') ?? []
  expect(existsSync(join(ROOT, start.find((word) => word.startsWith('signaling/')) ?? 'none'))).toBe(true)
  expect(named('.json')).toContain(start.at(-1)?.replace('/etc/sotto/', ''))
  expect(start.at(-2)).toBe('--config')
  // npm leaves the build's packages out then
  expect(unit).not.toContain('NODE_ENV')
  const stopS = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])
  // limits.drainMs and limits.goodbyeMs, with room
  expect(stopS).toBeGreaterThan(22)
})

test.skipIf(!existsSync(SYSTEMD_ANALYZE))('systemd takes the units (skipped without systemd-analyze)', () => {
  const units = named('.service').map((name) => join(FOLDER, name))
  expect(units).toHaveLength(2)
  const { status, stderr } = spawnSync(SYSTEMD_ANALYZE, ['verify', '--man=no', ...units], { encoding: 'utf8' })
  // other units of the machine may be at fault too: their lines name them
  expect(stderr.split('\n').filter((line) => line.includes('sotto'))).toEqual([])
  expect(status).toBe(0)
})

test('compose.yaml mounts files that are here, or that its first lines tell the operator to write', () => {
  const compose = read('compose.yaml')
  const head = compose.split('\n').filter((line) => line.startsWith('#'))
  const mounts = [...compose.matchAll(/^ +- (\.[^:]*):/gm)].map((match) => match[1] ?? '')
  expect(mounts.length).toBeGreaterThanOrEqual(5)
  for (const mount of mounts) expect(existsSync(join(FOLDER, mount)) || head.join(' ').includes(mount), mount).toBe(true)
})

test('the proxy of compose.yaml, its network and the settings behind it agree', () => {
  const behind = settings('proxied.json')
  expect(read('Caddyfile')).toContain(`reverse_proxy sotto:${behind.get('port')}`)
  expect(behind.get('trustedProxies')).toEqual([/subnet: (\S+)/.exec(read('compose.yaml'))?.[1]])
})
