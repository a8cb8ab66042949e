/** How much of the machine a browser takes: what the clock on the wall says depends on what else runs beside it. */
import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second (sysconf(_SC_CLK_TCK)). */
const TICKS_PER_SECOND = 100

interface Process {
  readonly parent: number
  readonly seconds: number
}

function read(pid: string): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the name, in parentheses, may hold anything
    const [, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(parent), seconds: (Number(rest[9]) + Number(rest[10])) / TICKS_PER_SECOND }
  } catch {
    return null // ended meanwhile
  }
}

/** Seconds of processor time that all living descendants of this process have taken. */
export function processorSeconds(): number {
  const all = new Map<number, Process>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const found = read(pid)
    if (found !== null) all.set(Number(pid), found)
  }
  const isOurs = (pid: number): boolean => {
    for (let at = all.get(pid)?.parent ?? 0; at > 1; at = all.get(at)?.parent ?? 0) if (at === process.pid) return true
    return false
  }
  return [...all].reduce((sum, [pid, { seconds }]) => sum + (isOurs(pid) ? seconds : 0), 0)
}
