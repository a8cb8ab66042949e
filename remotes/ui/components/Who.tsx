/** Whom a panel or dialog is about: the face, the name, and lines below. */
import type { ReactNode } from 'react'
import { NameLine } from './Name.tsx'
import css from './Who.module.css'

export function Who({
  face,
  name,
  badge,
  children,
}: {
  readonly face: ReactNode
  readonly name: string
  readonly badge?: ReactNode
  readonly children?: ReactNode
}) {
  return (
    <div className={css.who}>
      {face}
      <p className={css.name}>
        <NameLine>{name}</NameLine>
        {badge}
      </p>
      {children}
    </div>
  )
}

export function WhoLine({ good = false, children }: { readonly good?: boolean; readonly children: ReactNode }) {
  return <p className={good ? css.good : css.soft}>{children}</p>
}
