/** `npm run build`: builds dist/ if anything changed since the last build. */
import { freshBuild } from './fresh.ts'

await freshBuild().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
