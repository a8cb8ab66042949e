/** The project's build, with the ui remote built against a contract version that the shell does not know. */
import { join } from 'node:path'
import type { Configuration } from 'webpack'
import configuration, { type BuildEnv } from '../../webpack.config.ts'

export default function otherContract(env: BuildEnv): Configuration[] {
  return configuration(env).map((part) =>
    part.name === 'ui'
      ? {
          ...part,
          cache: false,
          resolve: { ...part.resolve, alias: { '#contracts/version.ts': join(import.meta.dirname, 'other-contract.ts') } },
        }
      : part,
  )
}
