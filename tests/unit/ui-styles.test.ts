/** Class names that a component uses exist in its style sheet, and the other way round; nothing sets style attributes. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const FOLDER = join(import.meta.dirname, '../../remotes/ui')
const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
const read = (path: string): string => readFileSync(join(FOLDER, path), 'utf8')
const sheets = files.filter((path) => path.endsWith('.module.css'))

/** Names built at run time: `css[place]`. Each must be one of these unions' members. */
const COMPUTED: Readonly<Record<string, readonly string[]>> = {
  'Button.module.css': ['primary', 'quiet', 'plain', 'wary', 'danger'],
  'Avatar.module.css': ['tiny', 'small', 'medium', 'large'],
  'Banners.module.css': ['problem', 'calm'],
  'LinkStatus.module.css': ['connected', 'connecting', 'offline'],
  'Message.module.css': ['only', 'first', 'middle', 'last'],
  'Tick.module.css': ['written', 'held', 'delivered', 'read'],
}
/** The plain look needs no rule of its own. */
const UNSTYLED = ['only', 'theirs']

describe.each(sheets)('%s', (sheet) => {
  const styled = new Set(
    [
      ...read(sheet)
        .replace(/\/\*.*?\*\//gs, '')
        .matchAll(/\.([a-z][A-Za-z]*)/g),
    ].map(([, name]) => name ?? ''),
  )
  const file = sheet.split('/').at(-1) ?? ''
  const component = read(sheet.replace('.module.css', '.tsx'))
  const used = new Set([...component.matchAll(/\bcss\.([A-Za-z]+)/g)].map(([, name]) => name ?? ''))
  for (const name of COMPUTED[file] ?? []) used.add(name)

  test('every class that is used is styled', () =>
    expect([...used].filter((name) => !styled.has(name) && !UNSTYLED.includes(name))).toEqual([]))
  test('every class that is styled is used', () => expect([...styled].filter((name) => !used.has(name))).toEqual([]))
  test('motion is measured in tokens, so that reduced motion reaches it', () => {
    for (const [rule] of read(sheet).matchAll(/^\s*(?:animation|transition)(?:-duration)?:[^;]*;/gms))
      expect(rule).not.toMatch(/[\d.]m?s\b/)
  })
})

test('no markup, no style elements, no style attributes: the page refuses them', () => {
  for (const path of files.filter((each) => /\.tsx?$/.test(each)))
    expect(read(path), path).not.toMatch(/innerHTML|dangerouslySetInnerHTML|insertAdjacentHTML|<style|\bstyle=/)
})
