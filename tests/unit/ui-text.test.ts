/** Words that are computed: times, amounts, names, initials, the filter of the list; and a catalogue with nothing idle. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '#contracts/errors.ts'
import { initialsOf } from '../../remotes/ui/components/Avatar.tsx'
import { amount } from '../../remotes/ui/text/bytes.ts'
import { en } from '../../remotes/ui/text/en.ts'
import { clockTime, dayName, daysAgo, listTime, moment } from '../../remotes/ui/text/time.ts'

const NOW = new Date(2026, 10, 21, 9, 41).getTime()
const at = (...parts: [number, number, number, number?, number?]): number => new Date(...parts).getTime()

describe('times', () => {
  test('days are counted by the calendar, not by 24 hours', () => {
    expect(daysAgo(at(2026, 10, 20, 23, 59), NOW)).toBe(1)
    expect(daysAgo(at(2026, 10, 21, 0, 0), NOW)).toBe(0)
    expect(daysAgo(at(2026, 9, 24, 12), at(2026, 9, 26, 0, 1))).toBe(2)
  })
  test('the list says the time, yesterday, the weekday, the date, the year', () => {
    expect(listTime(NOW, NOW)).toBe(clockTime(NOW))
    expect(listTime(at(2026, 10, 20, 8), NOW)).toBe('Yesterday')
    expect(listTime(at(2026, 10, 18, 8), NOW)).toBe('Wed')
    expect(listTime(at(2026, 10, 3, 8), NOW)).toMatch(/3/)
    expect(listTime(at(2025, 10, 3, 8), NOW)).toMatch(/2025/)
  })
  test('a moment ahead of our clock is not yesterday', () => expect(listTime(at(2026, 10, 22, 8), NOW)).not.toMatch(/yesterday/i))
  test('date lines', () => {
    expect(dayName(NOW, NOW)).toBe('Today')
    expect(dayName(at(2026, 10, 20), NOW)).toBe('Yesterday')
    expect(dayName(at(2026, 10, 3), NOW)).toMatch(/Tuesday/)
  })
  test('in a sentence: with the day when it is not today', () => {
    expect(moment(NOW, NOW)).toBe(clockTime(NOW))
    expect(moment(at(2026, 10, 19, 9, 41), NOW)).toMatch(/Nov/)
  })
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [4210, '4.2 kB'],
  [48_213, '48 kB'],
  [1_204_550, '1.2 MB'],
  [5e12, '5,000 GB'],
])('amount %d', (bytes, words) => expect(amount(bytes)).toBe(words))

test.each([
  ['River house', 'RH'],
  ['  the  old mill ', 'TO'],
  ['Garden', 'G'],
  ['陈 美玲', '陈'],
  ['نور الهاشمي', 'ن'],
  ['4 walls', '4'],
  ['🏡 home', '🏡'],
  ['', '·'],
])('initials of %j', (name, initials) => expect(initialsOf(name)).toBe(initials))

describe('catalogue', () => {
  const folder = join(import.meta.dirname, '../../remotes/ui')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && path !== join('text', 'en.ts'))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n')

  test('each text is said somewhere', () =>
    expect(Object.keys(en).filter((key) => !new RegExp(`\\bt\\.${key}\\b`).test(sources))).toEqual([]))
  test.each(ERROR_CODES)('%s is a sentence or more', (code) => expect(en.errors[code]).toMatch(/^[A-Z0-9].{20,}\.$/s))
})
