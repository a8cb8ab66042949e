/** What went wrong, what was not lost, what to do. */
import type { ErrorCode } from '#contracts/errors.ts'
import { t } from '../text/index.ts'
import { Icon } from './Icon.tsx'
import css from './ErrorLine.module.css'

export function ErrorLine({
  code,
  before,
  words = {},
}: {
  readonly code: ErrorCode
  readonly before?: string
  /** Where a code means something more exact. */
  readonly words?: Partial<Record<ErrorCode, string>> | undefined
}) {
  return (
    <p className={css.error} role="alert">
      <Icon name="warning" />
      <span>
        {before && <strong>{before} </strong>}
        {words[code] ?? t.errors[code]}
      </span>
    </p>
  )
}
