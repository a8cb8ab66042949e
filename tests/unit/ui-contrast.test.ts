/** Every pair of colours that carries text reaches 4.5 to 1 (WCAG 2.2, AA) in both themes; what outlines a control, 3 to 1. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const TOKENS = readFileSync(join(import.meta.dirname, '../../remotes/ui/theme/tokens.css'), 'utf8')
type Rgb = readonly [number, number, number]

function token(name: string, theme: 'light' | 'dark'): Rgb {
  const [, light, dark] = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(TOKENS) ?? []
  const hex = (theme === 'light' ? light : dark) ?? ''
  if (!/^#\w{6}$/.test(hex)) throw new Error(`no token ${name}`)
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Rgb
}

const linear = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
const luminance = ([r, g, b]: Rgb): number => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
function contrast(a: Rgb, b: Rgb): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

const TEXT: readonly (readonly [string, readonly string[]])[] = [
  ['ink', ['paper', 'surface', 'sunk', 'own', 'other']],
  ['soft', ['paper', 'surface', 'sunk', 'other']],
  ['own-soft', ['own']],
  ['accent', ['paper', 'surface', 'sunk', 'accent-wash', 'own']],
  ['on-accent', ['accent', 'accent-strong']],
  ['good', ['paper', 'surface', 'good-wash']],
  ['warning', ['surface', 'warning-wash']],
  ['danger', ['paper', 'surface', 'danger-wash']],
  ['on-danger', ['danger']],
]
const OUTLINES: readonly (readonly [string, readonly string[]])[] = [
  ['line-strong', ['paper', 'surface']],
  ['accent', ['paper', 'surface']],
  ['good', ['paper', 'surface']],
]

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  for (const [text, grounds] of TEXT)
    for (const ground of grounds)
      test(`${text} on ${ground}`, () => expect(contrast(token(text, theme), token(ground, theme))).toBeGreaterThanOrEqual(4.5))
  for (const [line, grounds] of OUTLINES)
    for (const ground of grounds)
      test(`${line} beside ${ground}`, () => expect(contrast(token(line, theme), token(ground, theme))).toBeGreaterThanOrEqual(3))
})

/** Oklch to sRGB, out-of-gamut channels clipped (Ottosson; CSS Color 4). */
function oklch(l: number, c: number, hue: number): Rgb {
  const [a, b] = [c * Math.cos((hue * Math.PI) / 180), c * Math.sin((hue * Math.PI) / 180)]
  const [x, y, z] = [
    (l + 0.3963377774 * a + 0.2158037573 * b) ** 3,
    (l - 0.1055613458 * a - 0.0638541728 * b) ** 3,
    (l - 0.0894841775 * a - 1.291485548 * b) ** 3,
  ]
  const encode = (value: number): number => {
    const clipped = Math.min(1, Math.max(0, value))
    return clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055
  }
  return [
    encode(4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z),
    encode(-1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z),
    encode(-0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z),
  ]
}

test('the letter on an avatar is readable in every hue', () => {
  const sheet = readFileSync(join(import.meta.dirname, '../../remotes/ui/components/Avatar.module.css'), 'utf8')
  const shades = [...sheet.matchAll(/oklch\((\d+)% ([\d.]+) var\(--hue\)\)/g)].map(([, l, c]) => [Number(l) / 100, Number(c)] as const)
  expect(shades).toHaveLength(2)
  for (const [l, c] of shades)
    for (let hue = 0; hue < 360; hue++) expect(contrast(oklch(l, c, hue), [1, 1, 1]), `hue ${hue}`).toBeGreaterThanOrEqual(4.5)
})

test('a name over a message is readable in every hue', () => {
  const sheet = readFileSync(join(import.meta.dirname, '../../remotes/ui/components/Message.module.css'), 'utf8')
  const shade = /light-dark\(oklch\((\d+)% ([\d.]+) var\(--hue\)\), oklch\((\d+)% ([\d.]+) var\(--hue\)\)\)/.exec(sheet)
  expect(shade).not.toBeNull()
  const [, ...parts] = shade ?? []
  const [lightness = 0, chroma = 0, darkLightness = 0, darkChroma = 0] = parts.map(Number)
  for (let hue = 0; hue < 360; hue++)
    for (const ground of ['other', 'paper']) {
      expect(contrast(oklch(lightness / 100, chroma, hue), token(ground, 'light')), `light, hue ${hue}`).toBeGreaterThanOrEqual(4.5)
      expect(contrast(oklch(darkLightness / 100, darkChroma, hue), token(ground, 'dark')), `dark, hue ${hue}`).toBeGreaterThanOrEqual(4.5)
    }
})
