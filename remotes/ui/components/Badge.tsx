/** A small picture that says what is so of a chat or a message. */
import css from './Badge.module.css'
import { Icon, type IconName } from './Icon.tsx'

export function Badge({ icon, name }: { readonly icon: IconName; readonly name: string }) {
  return (
    <span className={css.badge} role="img" aria-label={name} title={name}>
      <Icon name={icon} />
    </span>
  )
}
