/** Five languages: nothing left out, nothing left in English, every place for a name kept, numbers and days as they are said there. */
import { afterEach, describe, expect, test } from 'vitest'
import { LANGUAGES, type Language } from '#contracts/ui.ts'
import { ar } from '../../remotes/ui/text/ar.ts'
import { amount } from '../../remotes/ui/text/bytes.ts'
import { de } from '../../remotes/ui/text/de.ts'
import { type Catalogue, en } from '../../remotes/ui/text/en.ts'
import { es } from '../../remotes/ui/text/es.ts'
import { languageOf, speak, t } from '../../remotes/ui/text/index.ts'
import { dayName, listTime } from '../../remotes/ui/text/time.ts'
import { zh } from '../../remotes/ui/text/zh.ts'

const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, de, es, ar, zh }
const COUNTS = [0, 1, 2, 3, 11, 100]

/** Every text of a catalogue by where it stands; what is computed, once for each count. */
function textsOf(value: unknown, path = ''): ReadonlyMap<string, string> {
  if (typeof value === 'string') return new Map([[path, value]])
  if (typeof value === 'function') {
    const say = value as (...args: number[]) => string
    return new Map(COUNTS.map((count) => [`${path}(${count})`, say(count, count)]))
  }
  return new Map(
    Object.entries(value as object)
      .filter(([, inner]) => inner !== undefined)
      .flatMap(([key, inner]) => [...textsOf(inner, path === '' ? key : `${path}.${key}`)]),
  )
}
const placesOf = (text: string): string =>
  [...text.matchAll(/\{\w+\}/g)]
    .map(([place]) => place)
    .sort()
    .join(' ')

/** What is written with Latin letters in every language: names of things, and of algorithms. */
const LATIN = /^(language|direction|product|version\(\d+\)|suites\..*)$/
const SCRIPTS: Partial<Record<Language, RegExp>> = { ar: /\p{Script=Arabic}/u, zh: /\p{Script=Han}/u }

afterEach(() => speak('en'))

describe.each(LANGUAGES.filter((language) => language !== 'en'))('%s', (language) => {
  const english = textsOf(en)
  const texts = textsOf(CATALOGUES[language])

  test('every text is there, and none is empty', () => {
    expect([...texts.keys()].sort()).toEqual([...english.keys()].sort())
    expect([...texts].filter(([, text]) => text.trim() === '')).toEqual([])
  })
  test('each has the places of the English one', () => {
    const other = [...texts].filter(([path, text]) => placesOf(text) !== placesOf(english.get(path) ?? ''))
    expect(other).toEqual([])
  })
  test('none is English still', () => {
    const script = SCRIPTS[language]
    const odd = [...texts].filter(([path, text]) => {
      if (LATIN.test(path)) return false
      return script === undefined ? text.length > 16 && text === english.get(path) : !script.test(text)
    })
    expect(odd).toEqual([])
  })
  test('it says which it is', () => {
    expect(CATALOGUES[language].language).toBe(language)
    expect(CATALOGUES[language].direction).toBe(language === 'ar' ? 'rtl' : 'ltr')
  })
})

test('Arabic counts with one, two, few, many', () => {
  expect([1, 2, 3, 11, 100].map((count) => ar.storedValue(count))).toEqual(['رسالة واحدة', 'رسالتان', '3 رسائل', '11 رسالة', '100 رسالة'])
})

test.each([
  ['system', ['de-AT', 'en'], 'de'],
  ['system', ['fr-FR', 'es-MX', 'en'], 'es'],
  ['system', ['zh-Hant-TW'], 'zh'],
  ['system', ['fr', 'nl'], 'en'],
  ['system', [], 'en'],
  ['ar', ['de'], 'ar'],
] as const)('%s with %j is %s', (choice, preferred, language) => expect(languageOf(choice, preferred)).toBe(language))

test('what is spoken changes words, days and numbers', async () => {
  const now = new Date(2026, 10, 21, 9, 41).getTime()
  const tuesday = new Date(2026, 10, 3).getTime()
  await speak('de')
  expect([t.send, dayName(now, now), dayName(tuesday, now), amount(4210)]).toEqual(['Senden', 'Heute', 'Dienstag, 3. November', '4,2 kB'])
  await speak('zh')
  expect([dayName(now, now), listTime(tuesday, now)]).toEqual(['今天', '11月3日'])
  await speak('ar')
  expect(dayName(tuesday, now)).toMatch(/^\p{Script=Arabic}+، 3 \p{Script=Arabic}+$/u)
})

test('of two choices the later one counts', async () => {
  const first = speak('es')
  const second = speak('en')
  await Promise.all([first, second])
  expect(t.language).toBe('en')
})
