/**
 * The catalogue in use, and how it changes. English is always here; the others load when they are asked for. `t` is
 * read where something is drawn, never kept: `speak` changes it, and the tree is drawn anew.
 */
import { LANGUAGES, type Language, type View } from '#contracts/ui.ts'
import { type Catalogue, en } from './en.ts'

const CATALOGUES: Readonly<Record<Language, () => Promise<Catalogue>>> = {
  en: async () => en,
  de: async () => (await import('./de.ts')).de,
  es: async () => (await import('./es.ts')).es,
  ar: async () => (await import('./ar.ts')).ar,
  zh: async () => (await import('./zh.ts')).zh,
}

export let t: Catalogue = en

/** What each language calls itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  ar: 'العربية',
  zh: '中文',
}

const baseOf = (tag: string): string => tag.split('-')[0]?.toLowerCase() ?? ''

/** The language that a choice stands for. `preferred`: the browser's, best first. */
export function languageOf(choice: View['language'], preferred: readonly string[] = navigator.languages): Language {
  if (choice !== 'system') return choice
  const bases = preferred.map(baseOf)
  return bases.flatMap((base) => LANGUAGES.find((language) => language === base) ?? [])[0] ?? 'en'
}

/** Numbers and dates are written as the catalogue's language does, with the digits of its own numbers: 0 to 9. */
export function locale(): string {
  const own = globalThis.navigator?.languages.find((tag) => baseOf(tag) === t.language) ?? t.language
  return new Intl.Locale(own, { numberingSystem: 'latn' }).toString()
}

let wanted: Language = 'en'

/** Loads a language and says everything in it from then on. If it can't be loaded, all stays as it is. */
export async function speak(language: Language): Promise<void> {
  wanted = language
  try {
    const next = await CATALOGUES[language]()
    // Another choice may have come meanwhile.
    if (wanted === language) t = next
  } catch {
    // Offline, and never loaded before: what is on the screen is still readable.
  }
}
