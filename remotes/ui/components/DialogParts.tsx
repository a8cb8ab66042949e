/** What dialogs are laid out with. */
import type { FormEvent, ReactNode } from 'react'
import css from './DialogParts.module.css'

/** The parts of a dialog, one below the other; a form where something is sent. */
export function Content({ onSubmit, children }: { readonly onSubmit?: () => void; readonly children: ReactNode }) {
  if (!onSubmit) return <div className={css.content}>{children}</div>
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form className={css.content} onSubmit={submit} noValidate>
      {children}
    </form>
  )
}

export function Lead({ children }: { readonly children: ReactNode }) {
  return <p className={css.lead}>{children}</p>
}

/** Buttons beside one another where there is room. */
export function Actions({ children }: { readonly children: ReactNode }) {
  return <div className={css.actions}>{children}</div>
}

/** What few people want, closed until it is asked for. */
export function More({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <details className={css.more}>
      <summary>{label}</summary>
      {children}
    </details>
  )
}

/** Stands for content that is still being loaded. */
export function ContentWaiting() {
  return <div className={css.waiting} />
}
