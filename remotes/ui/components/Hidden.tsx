/** Text for screen readers only. */
import type { ReactNode } from 'react'
import css from './Hidden.module.css'

export function Hidden({ children }: { readonly children: ReactNode }) {
  return <span className={css.hidden}>{children}</span>
}
