/** A whole page that says one thing and offers one way on. */
import type { ReactNode } from 'react'
import { Icon, type IconName } from '../components/Icon.tsx'
import css from './Notice.module.css'

export function Notice({
  icon,
  title,
  paragraphs,
  children,
}: {
  readonly icon: IconName
  readonly title: string
  readonly paragraphs: readonly string[]
  readonly children: ReactNode
}) {
  return (
    <main className={css.page}>
      <div className={css.card}>
        <span className={css.icon}>
          <Icon name={icon} />
        </span>
        <h1 className={css.title}>{title}</h1>
        {paragraphs.map((paragraph) => (
          <p key={paragraph} className={css.text}>
            {paragraph}
          </p>
        ))}
        <div className={css.action}>{children}</div>
      </div>
    </main>
  )
}
