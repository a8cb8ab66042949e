/** A labelled switch, with words below that say what it does. */
import { useId } from 'react'
import css from './Switch.module.css'

export function Switch({
  label,
  hint,
  on,
  onChange,
  disabled = false,
}: {
  readonly label: string
  readonly hint: string
  readonly on: boolean
  readonly onChange: (on: boolean) => void
  readonly disabled?: boolean
}) {
  const id = useId()
  return (
    <div className={css.field}>
      <label className={css.choice}>
        <span className={css.label}>{label}</span>
        <input
          type="checkbox"
          className={css.switch}
          aria-describedby={id}
          checked={on}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
        />
      </label>
      <p id={id} className={css.hint}>
        {hint}
      </p>
    </div>
  )
}
