/** A labelled line of text (or a few lines, or a choice), with a hint and an error that belongs to it. */
import { type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from 'react'
import css from './Field.module.css'
import { Icon } from './Icon.tsx'

interface Around {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | null
}
interface Control {
  readonly id: string
  readonly 'aria-invalid': true | undefined
  readonly 'aria-describedby': string | undefined
}

function Frame({ label, hint, error, children }: Around & { readonly children: (control: Control) => ReactNode }) {
  const id = useId()
  const below = error ?? hint
  return (
    <div className={css.field}>
      <label className={css.label} htmlFor={id}>
        {label}
      </label>
      {children({ id, 'aria-invalid': error ? true : undefined, 'aria-describedby': below ? `${id}-below` : undefined })}
      {below && (
        <p id={`${id}-below`} className={error ? css.error : css.hint} role={error ? 'alert' : undefined}>
          {below}
        </p>
      )}
    </div>
  )
}

type Own = 'className' | 'id'
type InputProps = Around & Omit<InputHTMLAttributes<HTMLInputElement>, Own> & { readonly ref?: Ref<HTMLInputElement> }

export function Field({ label, hint, error = null, ...rest }: InputProps) {
  return (
    <Frame label={label} hint={hint} error={error}>
      {(control) => <input {...rest} {...control} className={css.input} />}
    </Frame>
  )
}

export function LongField({ label, hint, error = null, ...rest }: Around & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, Own>) {
  return (
    <Frame label={label} hint={hint} error={error}>
      {(control) => <textarea {...rest} {...control} className={`${css.input} ${css.long}`} />}
    </Frame>
  )
}

export function Choice({ label, hint, error = null, ...rest }: Around & Omit<SelectHTMLAttributes<HTMLSelectElement>, Own>) {
  return (
    <Frame label={label} hint={hint} error={error}>
      {(control) => (
        <span className={css.choice}>
          <select {...rest} {...control} className={`${css.input} ${css.select}`} />
          <Icon name="unfold" />
        </span>
      )}
    </Frame>
  )
}
