/** Buttons. Their type is never submit unless said, and they are at least 44 px high for a thumb. */
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import { Icon, type IconName } from './Icon.tsx'
import css from './Button.module.css'

interface Shared extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'> {
  readonly ref?: Ref<HTMLButtonElement>
}

export function Button({
  look = 'quiet',
  icon,
  wide = false,
  children,
  ...rest
}: Shared & {
  readonly look?: 'primary' | 'quiet' | 'plain' | 'wary' | 'danger'
  readonly icon?: IconName
  readonly wide?: boolean
  readonly children: ReactNode
}) {
  return (
    <button type="button" {...rest} className={`${css.button} ${css[look]} ${wide ? css.wide : ''}`}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  )
}

/** A button that shows only an icon; `name` is its accessible name and its tooltip. */
export function IconButton({
  name,
  icon,
  turns = false,
  filled = false,
  ...rest
}: Shared & { readonly name: string; readonly icon: IconName; readonly turns?: boolean; readonly filled?: boolean }) {
  return (
    <button type="button" {...rest} aria-label={name} title={name} className={`${css.round} ${filled ? css.filled : ''}`}>
      <Icon name={icon} turns={turns} />
    </button>
  )
}
