/**
 * What a message's text is drawn as: links, code, bold, italic, quotes. A list of plain parts, never markup, and nothing of
 * the text is left out or added: marks are parts of their own. One pass, nothing nested, so that no text can make it slow.
 */
export type Part =
  | { readonly kind: 'text' | 'mark' | 'code' | 'strong' | 'em'; readonly text: string }
  /** `host`: where it really leads, as the network knows it; null where the text itself shows just that. */
  | { readonly kind: 'link'; readonly text: string; readonly url: string; readonly host: string | null }
export type Block = { readonly kind: 'plain' | 'quote'; readonly parts: readonly Part[] }
/** With where in the text it begins. */
export type Placed<T> = T & { readonly at: number }

/** Beyond this a text is shown as it is. up: slower drawing; down: long texts lose their looks. */
const MOST_CHARS = 20_000

/** Spaces, quotes and brackets end a link, and so does what turns the direction of text or cannot be seen. */
const LINK = '[hH][tT][tT][pP][sS]?://[^\\s<>"\'`\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]+'
const CODE = '`[^`\\n]+`'
const before = '(?<![\\p{L}\\p{N}*_])'
const after = '(?![\\p{L}\\p{N}*_])'
const STRONG = `${before}\\*\\*[^*\\s][^*\\n]*\\*\\*${after}`
const EM = `${before}(?:\\*[^*\\s][^*\\n]*\\*|_[^_\\s][^_\\n]*_)${after}`
const TOKEN = new RegExp(`(?<link>${LINK})|(?<code>${CODE})|(?<strong>${STRONG})|(?<em>${EM})`, 'gu')

/** Signs that end a sentence rather than the address in it. */
const TRAILING = /[.,;:!?)\]}*_~'’”»…]+$/u

/** The link in this text, and what stands behind it; null if it is no address. */
function linkOf(text: string): Part | null {
  try {
    const url = new URL(text)
    const written = /^https?:\/\/([^/?#]*)/iu.exec(text)?.[1]?.toLowerCase() ?? ''
    const host = written === url.host ? null : url.host
    return url.host === '' ? null : { kind: 'link', text, url: url.href, host }
  } catch {
    return null
  }
}

function marked(kind: 'code' | 'strong' | 'em', text: string, width: number): readonly Part[] {
  const mark = { kind: 'mark', text: text.slice(0, width) } as const
  return [mark, { kind, text: text.slice(width, -width) }, mark]
}

function inline(text: string): readonly Part[] {
  const parts: Part[] = []
  let at = 0
  const plain = (to: number): void => {
    if (to > at) parts.push({ kind: 'text', text: text.slice(at, to) })
    at = to
  }
  for (const { 0: whole, index, groups = {} } of text.matchAll(TOKEN)) {
    plain(index)
    at = index + whole.length
    if (groups.link !== undefined) {
      const address = whole.replace(TRAILING, '')
      const link = linkOf(address)
      parts.push(link ?? { kind: 'text', text: address })
      at = index + address.length
    } else if (groups.code !== undefined) parts.push(...marked('code', whole, 1))
    else if (groups.strong !== undefined) parts.push(...marked('strong', whole, 2))
    else parts.push(...marked('em', whole, 1))
  }
  plain(text.length)
  return parts
}

/** The parts of a text, in order; together they are the text. */
export function blocksOf(text: string): readonly Placed<{ readonly kind: Block['kind']; readonly parts: readonly Placed<Part>[] }>[] {
  let at = 0
  const placed = (part: Part): Placed<Part> => {
    const here = at
    at += part.text.length
    return { ...part, at: here }
  }
  return cut(text).map(({ kind, parts }) => ({ kind, at, parts: parts.map(placed) }))
}

function cut(text: string): readonly Block[] {
  if (text.length > MOST_CHARS) return [{ kind: 'plain', parts: [{ kind: 'text', text }] }]
  const blocks: Block[] = []
  let plain = ''
  const close = (): void => {
    if (plain !== '') blocks.push({ kind: 'plain', parts: inline(plain) })
    plain = ''
  }
  for (const line of text.split(/(?<=\n)/u)) {
    if (!line.startsWith('> ')) {
      plain += line
      continue
    }
    close()
    const end = line.endsWith('\n') ? '\n' : ''
    const parts: readonly Part[] = [
      { kind: 'mark', text: '> ' },
      ...inline(line.slice(2, line.length - end.length)),
      ...(end === '' ? [] : [{ kind: 'mark', text: end } as const]),
    ]
    blocks.push({ kind: 'quote', parts })
  }
  close()
  return blocks
}
