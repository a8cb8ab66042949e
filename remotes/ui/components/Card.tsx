/** A titled block of a panel, and the lines of facts in it. */
import type { ReactNode } from 'react'
import css from './Card.module.css'

export function Card({ title, aside, children }: { readonly title: string; readonly aside?: ReactNode; readonly children: ReactNode }) {
  return (
    <section className={css.card}>
      <header className={css.head}>
        <h2 className={css.title}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  )
}

export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className={css.facts}>{children}</dl>
}

export function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <div className={css.fact}>
      <dt>{term}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  )
}

/** Digits that are compared or read aloud. */
export function Digits({ children }: { readonly children: string }) {
  return (
    <span className={css.digits} dir="ltr">
      {children}
    </span>
  )
}

export function Note({ children }: { readonly children: ReactNode }) {
  return <p className={css.note}>{children}</p>
}
