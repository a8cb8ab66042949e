/** Amounts of data in words: '312 B', '4.2 kB', '18 MB'. */
import { locale } from './index.ts'

const UNITS = ['B', 'kB', 'MB', 'GB'] as const

export function amount(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit > 0 && value < 10 ? 1 : 0
  return `${value.toLocaleString(locale(), { maximumFractionDigits: digits })} ${UNITS[unit] ?? ''}`
}

/** UTF-8 length of what a person typed. */
export const utf8Length = (text: string): number => new TextEncoder().encode(text).length
