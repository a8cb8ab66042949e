/** Stands behind the name of a person whose safety number was compared. */
import { t } from '../text/index.ts'
import css from './VerifiedBadge.module.css'

export function VerifiedBadge() {
  return (
    <svg className={css.badge} viewBox="0 0 18 18" role="img" aria-label={t.verified}>
      <path className={css.shield} d="M9 1.500 15 3.750v4.500c0 3.900-2.400 6.900-6 8.250-3.600-1.350-6-4.350-6-8.250v-4.500L9 1.500Z" />
      <path className={css.check} d="m6.250 9 2 2 3.750-4" />
    </svg>
  )
}
