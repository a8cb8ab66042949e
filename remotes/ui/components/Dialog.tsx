/**
 * A modal dialog over the native element: it traps the focus, makes the rest inert and gives the focus back.
 * Esc and a press beside it ask to close; whoever shows it decides.
 */
import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { t } from '../text/index.ts'
import { IconButton } from './Button.tsx'
import css from './Dialog.module.css'

export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  const heading = useId()
  const element = useRef<HTMLDialogElement>(null)
  // A layout effect: its clean-up runs while the dialog is still in the page, where closing gives the focus back.
  useLayoutEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={element}
      className={css.dialog}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onKeyDown={(event) => {
        // Chromium closes by itself on a second Esc, cancel event or not.
        if (event.key !== 'Escape') return
        event.preventDefault()
        event.stopPropagation()
        onClose()
      }}
      onPointerDown={(event) => {
        if (event.target === element.current) onClose()
      }}
    >
      <div className={css.sheet}>
        <header className={css.head}>
          <h2 id={heading} className={css.title}>
            {title}
          </h2>
          <IconButton name={t.close} icon="close" onClick={onClose} />
        </header>
        <div className={css.body}>{children}</div>
      </div>
    </dialog>
  )
}
