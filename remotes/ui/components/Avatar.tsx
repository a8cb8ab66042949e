/** The face of a person (a disc with a letter) or of a room (a soft square with a picture or initials). Decoration: the name stands beside it. */
import { useState } from 'react'
import css from './Avatar.module.css'
import { useHue } from './hue.ts'

const LETTER = /[\p{L}\p{N}\p{Extended_Pictographic}]/u

/** The first letter, digit or pictograph near the start; a name may begin with anything. */
export function initialOf(name: string): string {
  return (LETTER.exec(name.slice(0, 64))?.[0] ?? '·').toLocaleUpperCase()
}

/** Of a room: those of its first two words, where both begin with a letter of a script that has capitals. */
export function initialsOf(name: string): string {
  const [first = '', second = ''] = name.slice(0, 64).trim().split(/\s+/u)
  const [one, two] = [initialOf(first), LETTER.exec(second)?.[0].toLocaleUpperCase() ?? '']
  return /^\p{Lu}$/u.test(one) && /^\p{Lu}$/u.test(two) ? one + two : initialOf(name)
}

export function Avatar({
  name,
  hue,
  size = 'medium',
  present = false,
  room = false,
  picture = null,
}: {
  readonly name: string
  readonly hue: number
  readonly size?: 'tiny' | 'small' | 'medium' | 'large'
  /** Draws the dot of a live connection. */
  readonly present?: boolean
  readonly room?: boolean
  /** A blob: or data: URL. */
  readonly picture?: string | null
}) {
  const disc = useHue<HTMLSpanElement>(hue)
  const [broken, setBroken] = useState<string | null>(null)
  return (
    <span ref={disc} className={`${css.avatar} ${css[size]} ${room ? css.room : ''}`} aria-hidden="true">
      {picture !== null && picture !== broken ? (
        <img className={css.picture} src={picture} alt="" draggable={false} onError={() => setBroken(picture)} />
      ) : room ? (
        initialsOf(name)
      ) : (
        initialOf(name)
      )}
      {present && <span className={css.dot} />}
    </span>
  )
}
