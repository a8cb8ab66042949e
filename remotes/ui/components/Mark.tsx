/** The product mark: a message whose letter is a quiet wave. */
import { useId } from 'react'
import css from './Mark.module.css'

export function Mark({ size }: { readonly size: 'small' | 'large' }) {
  const shade = useId()
  return (
    <svg className={size === 'small' ? css.small : css.large} viewBox="0 0 64 64" aria-hidden="true" focusable="false">
      <defs>
        <linearGradient id={shade} x1="0" y1="0" x2="0" y2="1">
          <stop className={css.top} offset="0" />
          <stop className={css.bottom} offset="1" />
        </linearGradient>
      </defs>
      <path fill={`url(#${shade})`} d="M20 2h24c11 0 18 7 18 18v24c0 11-7 18-18 18H10c-5 0-8-3-8-8V20C2 9 9 2 20 2Z" />
      <path
        className={`${css.wave} ${size === 'large' ? css.drawn : ''}`}
        pathLength={1}
        d="M43.5 22.5c-2.2-4-6.2-6-11.2-6-6.6 0-11 3.2-11 8 0 5.4 5 6.8 11.2 7.8 6.4 1 11.2 2.6 11.2 7.9 0 4.700-4.500 7.800-11.200 7.800-5.600 0-9.800-2.300-12-6.500"
      />
    </svg>
  )
}
