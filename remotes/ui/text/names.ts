/** Names as a person gives them. */
import { LIMITS } from '#contracts/limits.ts'
import { utf8Length } from './bytes.ts'
import { t } from './index.ts'

/** What is wrong with a name, or null. */
export function nameProblem(name: string): string | null {
  if (name.trim() === '') return t.nameMissing
  return utf8Length(name.trim()) > LIMITS.nameBytes ? t.nameTooLong : null
}
