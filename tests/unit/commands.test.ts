/** The fixed commands of the project: each is there, explains itself, and refuses what it does not know in one line. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const COMMANDS = ['start', 'test', 'dev', 'broker', 'simulate', 'mutations', 'vectors', 'fuzz', 'bench', 'soak']

function run(name: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', name, '--', ...args], { encoding: 'utf8', timeout: 50_000 })
  // npm's own warnings about the machine's configuration are not the command's
  const lines = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('npm warn'))
  return { status, out: lines(stdout), err: lines(stderr) }
}

test.each(COMMANDS)('npm run %s explains itself', (name) => {
  const { status, out, err } = run(name, '--help')
  expect(err).toEqual([])
  expect(out.join('\n')).toContain('--help')
  expect(status).toBe(0)
})

test.each(COMMANDS)('npm run %s refuses an option that it does not know', (name) => {
  const { status, out, err } = run(name, '--no-such-option')
  expect(out).toEqual([])
  expect(err).toHaveLength(1)
  expect(err[0]).toContain('--no-such-option')
  expect(status).toBeGreaterThan(0)
})
