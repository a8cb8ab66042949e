import { locale } from './index.ts'

/** Texts whose place is their identity (the words of a phrase, the groups of a number), counted from 1. */
export const numbered = (texts: readonly string[]): readonly { readonly number: number; readonly text: string }[] =>
  texts.map((text, i) => ({ number: i + 1, text }))

/** The words for a name of the engine's; a name without words is shown as it is. */
export function named(words: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(words, name) ? (words[name] ?? name) : name
}

/** Names in a row, as the language says it. */
export const listed = (names: readonly string[]): string => new Intl.ListFormat(locale(), { type: 'conjunction' }).format(names)

/** For finding by name: without case and accents. */
export const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase()
