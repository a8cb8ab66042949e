/**
 * Child processes of a command, each the head of a process group of its own, so that a browser started by a test
 * ends with it: when its time is up, and when the person presses Ctrl-C.
 */
import { spawn } from 'node:child_process'

const GRACE_MS = 5000
const running = new Set()

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal)
  } catch {
    // the group is gone already
  }
}

function end(child) {
  signalGroup(child, 'SIGTERM')
  setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS).unref()
}

/** Ends all children on Ctrl-C or SIGTERM, waits for them, then ends this process as the signal would have. */
export function endChildrenOnSignals() {
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ]) {
    process.once(signal, () => {
      process.stderr.write(`\nstopped by ${signal}\n`)
      process.exitCode = 128 + number
      const children = [...running]
      for (const child of children) end(child)
      void Promise.all(children.map((child) => child.done)).then(() => process.exit(128 + number))
    })
  }
}

/**
 * Runs a command to its end, its output shown. Resolves to its exit code; null if it was ended by a signal, did not
 * start, or ran longer than `limitMs`. What its group left behind is ended too.
 */
export function runChild(command, args, { cwd, limitMs, env = {} }) {
  const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } })
  const timer = setTimeout(() => end(child), limitMs)
  const done = new Promise((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', (code) => resolve(code))
  }).finally(() => {
    clearTimeout(timer)
    running.delete(child)
    if (child.pid !== undefined) signalGroup(child, 'SIGKILL')
  })
  child.done = done
  running.add(child)
  return done
}
