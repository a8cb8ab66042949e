/** What the other compilers of one build have made, for the shell's compiler to write the release from. */
import type { Compiler } from 'webpack'
import { Compilation } from 'webpack'

export type Files = ReadonlyMap<string, Buffer>

export class Board {
  readonly #parts = new Map<string, Files>()

  /** A plugin that puts a compiler's files, under `folder`, on the board. `check` may refuse them. */
  collect(folder: string, check: (files: Files) => void = () => undefined): { apply(compiler: Compiler): void } {
    return {
      apply: (compiler) => {
        compiler.hooks.compilation.tap('Board', (compilation) => {
          if (compilation.compiler !== compiler) return
          compilation.hooks.processAssets.tap({ name: 'Board', stage: Compilation.PROCESS_ASSETS_STAGE_REPORT }, () => {
            const files = new Map(compilation.getAssets().map(({ name, source }) => [`${folder}/${name}`, Buffer.from(source.buffer())]))
            check(files)
            this.#parts.set(folder, files)
          })
        })
      },
    }
  }

  /** All files of all parts. */
  files(): Files {
    return new Map([...this.#parts.values()].flatMap((files) => [...files]))
  }
}
