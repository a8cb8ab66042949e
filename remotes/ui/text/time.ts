/** Moments in words, in the catalogue's language and the device's time zone. */
import { t } from './index.ts'

/** The person's own variant of the catalogue's language, for its order of day and month and its clock. */
const locale = globalThis.navigator?.languages.find((tag) => tag.split('-')[0] === t.language) ?? t.language
const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => new Intl.DateTimeFormat(locale, options)
const clock = format({ timeStyle: 'short' })
const weekday = format({ weekday: 'short' })
const dayMonth = format({ day: 'numeric', month: 'short' })
const dayMonthYear = format({ day: 'numeric', month: 'short', year: 'numeric' })
const longDay = format({ weekday: 'long', day: 'numeric', month: 'long' })
const longDayYear = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const full = format({ dateStyle: 'full', timeStyle: 'short' })

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
export const clockTime = (ms: number): string => clock.format(ms)

/** For tooltips and screen readers: day and time in full. */
export const fullTime = (ms: number): string => full.format(ms)

/** In the chat list: '09:41', 'Yesterday', 'Tue', '3 Nov', '3 Nov 2025'. */
export function listTime(ms: number, nowMs: number): string {
  const days = daysAgo(ms, nowMs)
  if (days === 0) return clock.format(ms)
  if (days === 1) return t.yesterday
  if (days > 1 && days < 7) return weekday.format(ms)
  return sameYear(ms, nowMs) ? dayMonth.format(ms) : dayMonthYear.format(ms)
}

/** On a date line: 'Today', 'Yesterday', 'Tuesday 3 November'. */
export function dayName(ms: number, nowMs: number): string {
  const days = daysAgo(ms, nowMs)
  if (days === 0) return t.today
  if (days === 1) return t.yesterday
  return sameYear(ms, nowMs) ? longDay.format(ms) : longDayYear.format(ms)
}

/** In a sentence: '09:41', '3 Nov, 09:41'. */
export function moment(ms: number, nowMs: number): string {
  if (daysAgo(ms, nowMs) === 0) return clock.format(ms)
  return `${(sameYear(ms, nowMs) ? dayMonth : dayMonthYear).format(ms)}, ${clock.format(ms)}`
}

const sameYear = (a: number, b: number): boolean => new Date(a).getFullYear() === new Date(b).getFullYear()
