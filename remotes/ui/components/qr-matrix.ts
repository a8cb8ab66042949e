/** The only importer of `qr`, itself imported on demand: nobody loads it who shows no code. */
import { encodeQR } from 'qr'

/** The light zone around a code, in modules. The standard asks for 4; the white card around it gives the rest. */
const QUIET_ZONE = 2

/** The code for `text` as an SVG path over a square of `size` modules: one rectangle a horizontal run. */
export function qrPath(text: string): { readonly size: number; readonly path: string } {
  const rows = encodeQR(text, 'raw', { ecc: text.length > 300 ? 'low' : 'medium', border: QUIET_ZONE })
  let path = ''
  rows.forEach((row, y) => {
    let x = 0
    while (x < row.length) {
      let end = x
      while (row[end]) end++
      if (end > x) path += `M${x} ${y}h${end - x}v1H${x}z`
      x = Math.max(end, x + 1)
    }
  })
  return { size: rows.length, path }
}
