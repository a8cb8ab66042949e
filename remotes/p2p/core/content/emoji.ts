/**
 * What may be a reaction: one emoji. The ranges are written down and not taken from the engine's Unicode tables:
 * two devices must agree on it, and browsers know different versions. A code point that is no emoji yet passes; it is
 * shown as the browser can.
 */
const BASE =
  '[\\u00a9\\u00ae\\u203c\\u2049\\u2122\\u2139\\u2194-\\u21aa\\u231a-\\u23ff\\u24c2\\u25aa-\\u27bf\\u2934\\u2935\\u2b05-\\u2b55\\u3030\\u303d\\u3297\\u3299\\u{1f000}-\\u{1f1e5}\\u{1f200}-\\u{1f3fa}\\u{1f400}-\\u{1faff}]'
/** A presentation, a skin tone, or a flag's letters. */
const MORE = '(?:\\ufe0f|[\\u{1f3fb}-\\u{1f3ff}])?\\ufe0f?(?:[\\u{e0020}-\\u{e007e}]{1,8}\\u{e007f})?'
const FLAG = '[\\u{1f1e6}-\\u{1f1ff}]{2}'
const KEYCAP = '[0-9#*]\\ufe0f?\\u20e3'

const EMOJI = new RegExp(`^(?:${BASE}${MORE}(?:\\u200d${BASE}${MORE}){0,7}|${FLAG}|${KEYCAP})$`, 'u')

/** True for one emoji, as a reaction may carry it. */
export const isEmoji = (text: string): boolean => text.length <= 32 && EMOJI.test(text)
