/** Moments in words, in the catalogue's language and the device's time zone. */
import { locale, t } from './index.ts'

const SHAPES = {
  clock: { timeStyle: 'short' },
  weekday: { weekday: 'short' },
  dayMonth: { day: 'numeric', month: 'short' },
  dayMonthYear: { day: 'numeric', month: 'short', year: 'numeric' },
  longDay: { weekday: 'long', day: 'numeric', month: 'long' },
  longDayYear: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  full: { dateStyle: 'full', timeStyle: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

/** Making one costs more than using it; they are few. */
const made = new Map<string, Intl.DateTimeFormat>()

function written(shape: keyof typeof SHAPES, ms: number): string {
  const tag = locale()
  const known = made.get(`${tag} ${shape}`) ?? new Intl.DateTimeFormat(tag, SHAPES[shape])
  made.set(`${tag} ${shape}`, known)
  return known.format(ms)
}

/** Midnight before `ms`, by the local clock. */
export function dayStart(ms: number): number {
  const date = new Date(ms)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

/** Whole days from the day of `ms` to the day of `nowMs`; rounded, because a day may have 23 or 25 hours. */
export function daysAgo(ms: number, nowMs: number): number {
  return Math.round((dayStart(nowMs) - dayStart(ms)) / 86_400_000)
}

/** '09:41' */
export const clockTime = (ms: number): string => written('clock', ms)

/** For tooltips and screen readers: day and time in full. */
export const fullTime = (ms: number): string => written('full', ms)

/** In the chat list: '09:41', 'Yesterday', 'Tue', '3 Nov', '3 Nov 2025'. */
export function listTime(ms: number, nowMs: number): string {
  const days = daysAgo(ms, nowMs)
  if (days === 0) return written('clock', ms)
  if (days === 1) return t.yesterday
  if (days > 1 && days < 7) return written('weekday', ms)
  return sameYear(ms, nowMs) ? written('dayMonth', ms) : written('dayMonthYear', ms)
}

/** On a date line: 'Today', 'Yesterday', 'Tuesday 3 November'. */
export function dayName(ms: number, nowMs: number): string {
  const days = daysAgo(ms, nowMs)
  if (days === 0) return t.today
  if (days === 1) return t.yesterday
  return sameYear(ms, nowMs) ? written('longDay', ms) : written('longDayYear', ms)
}

/** In a sentence: '09:41', '3 Nov, 09:41'. */
export function moment(ms: number, nowMs: number): string {
  if (daysAgo(ms, nowMs) === 0) return written('clock', ms)
  return `${written(sameYear(ms, nowMs) ? 'dayMonth' : 'dayMonthYear', ms)}, ${written('clock', ms)}`
}

const sameYear = (a: number, b: number): boolean => new Date(a).getFullYear() === new Date(b).getFullYear()
