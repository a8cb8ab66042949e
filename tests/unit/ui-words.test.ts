/** A message's text in parts: nothing lost, nothing added, nothing slow; links say where they lead. */
import { expect, test } from 'vitest'
import { blocksOf, type Part } from '../../remotes/ui/text/words.ts'
import { Prng } from '../support/prng.ts'

const parts = (text: string): readonly Part[] => blocksOf(text).flatMap((block) => block.parts)
const told = (text: string): string =>
  blocksOf(text)
    .map(({ kind, parts: its }) => (kind === 'quote' ? 'quote:' : '') + its.map((part) => `${part.kind}(${part.text})`).join(''))
    .join('')

test('bold, italic, code, quotes', () => {
  expect(told('a **b** c')).toBe('text(a )mark(**)strong(b)mark(**)text( c)')
  expect(told('*a* _b_ `c`')).toBe('mark(*)em(a)mark(*)text( )mark(_)em(b)mark(_)text( )mark(`)code(c)mark(`)')
  expect(told('`**no**`')).toBe('mark(`)code(**no**)mark(`)')
  expect(told('> said\nno')).toBe('quote:mark(> )text(said)mark(\n)text(no)')
})

test('what only looks like it stays as it is', () => {
  for (const text of ['2*3*4', 'snake_case_name', '* a *', '**', '****', '_', '`', '``', '>no', 'a ** b **', '2 > 1', '_ _'])
    expect(told(text), text).toBe(`text(${text})`)
})

const link = (text: string): { readonly url: string; readonly host: string | null } | null => {
  const found = parts(text).find((part) => part.kind === 'link')
  return found?.kind === 'link' ? { url: found.url, host: found.host } : null
}

test('links end where the address does, and nothing but http is one', () => {
  expect(told('see https://sotto.example/a?b=1#c.')).toBe('text(see )link(https://sotto.example/a?b=1#c)text(.)')
  expect(told('(https://sotto.example)')).toBe('text(()link(https://sotto.example)text())')
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'http://', 'https://', 'file:///etc', 'mailto:a@b.c', 'vbscript:x'])
    expect(link(text), text).toBeNull()
  expect(link('https://sotto.example/\u202egnp.exe')?.url).toBe('https://sotto.example/')
})

test('a link whose text shows another host than it opens says which', () => {
  expect(link('https://sotto.example/x')?.host).toBeNull()
  expect(link('HTTPS://Sotto.Example/x')?.host).toBeNull()
  expect(link('https://sotto.example@evil.test/')?.host).toBe('evil.test')
  expect(link('https://sotto.example:pass@evil.test/')?.host).toBe('evil.test')
  expect(link('https://ѕotto.example/')?.host).toMatch(/^xn--/)
  expect(link('https://sotto.example\\@evil.test/')?.host).toBe('sotto.example')
  expect(link('https://0x7f.1/')?.host).toBe('127.0.0.1')
})

test('5,000 texts of signs: the parts are the text', () => {
  const random = new Prng(11)
  const signs = [
    '*',
    '**',
    '_',
    '`',
    '>',
    '> ',
    '\n',
    ' ',
    'a',
    'é',
    '漢',
    '👍',
    'https://',
    'http://a.b',
    '(',
    ')',
    '.',
    '\u202e',
    '\ud800',
    '@',
    '\\',
  ]
  for (let i = 0; i < 5000; i++) {
    const text = Array.from({ length: random.below(40) }, () => random.pick(signs)).join('')
    expect(
      parts(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text)
  }
})

test('eight times the signs take about eight times as long: no text makes it slow', () => {
  for (const sign of ['*', '**', '_', '`', '> ', '**a', '_a ', '`a', 'https://', '*a_b`', 'https://a.b/ ', '> \n']) {
    const best = (count: number): number => {
      const text = sign.repeat(count)
      const times = Array.from({ length: 9 }, () => {
        const begin = performance.now()
        blocksOf(text)
        return performance.now() - begin
      })
      return Math.min(...times)
    }
    best(300)
    // What is quadratic takes 64 times as long.
    expect(best(4000) / Math.max(best(500), 0.05), sign).toBeLessThan(40)
  }
})
