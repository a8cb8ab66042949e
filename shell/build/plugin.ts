/**
 * The last step of a build, inside the shell's compiler: reads what every compiler made and writes index.html,
 * release.json, the list inside the service worker, seal.json and headers.json.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Compiler, Compilation, sources, WebpackError } from 'webpack'
import type { Board } from './board.ts'
import { makeHeaders, makePageAndRelease, makeSeal, type Precached } from './release.ts'

const NAME = 'ReleasePlugin'

type PrecacheEntry = Precached & { size: number }

export interface ReleaseOptions {
  readonly board: Board
  readonly version: string
  readonly contract: number
  readonly publicFolder: string
  readonly template: string
  readonly signingKeyPem: string | null
}

export class ReleasePlugin {
  readonly #options: ReleaseOptions
  #precache: readonly Precached[] = []

  constructor(options: ReleaseOptions) {
    this.#options = options
  }

  /** For Workbox's InjectManifest, which runs between the two steps below. */
  readonly precache = (): { manifest: PrecacheEntry[] } => ({ manifest: this.#precache.map((entry) => ({ ...entry, size: 0 })) })

  apply(compiler: Compiler): void {
    compiler.hooks.thisCompilation.tap(NAME, (compilation) => {
      const step = (stage: number, run: () => void): void =>
        compilation.hooks.processAssets.tap({ name: NAME, stage }, () => {
          // a file that is missing because a part did not compile is not worth a second error
          if (compilation.errors.length > 0) return
          try {
            run()
          } catch (error) {
            compilation.errors.push(new WebpackError(`${NAME}: ${error instanceof Error ? error.message : String(error)}`))
          }
        })
      step(Compilation.PROCESS_ASSETS_STAGE_OPTIMIZE_HASH + 10, () => this.#writePage(compilation))
      step(Compilation.PROCESS_ASSETS_STAGE_OPTIMIZE_TRANSFER + 10, () => this.#writeSeal(compilation))
    })
  }

  #publicFiles(compilation: Compilation): Map<string, Buffer> {
    const { publicFolder } = this.#options
    compilation.contextDependencies.add(publicFolder)
    const files = readdirSync(publicFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const paths = files.map((entry) => join(entry.parentPath, entry.name))
    return new Map(paths.map((path) => [relative(publicFolder, path).replaceAll('\\', '/'), readFileSync(path)]))
  }

  #writePage(compilation: Compilation): void {
    const { board, version, contract, template, signingKeyPem } = this.#options
    compilation.fileDependencies.add(template)
    const publicFiles = this.#publicFiles(compilation)
    for (const [path, bytes] of publicFiles) compilation.emitAsset(path, new sources.RawSource(bytes))
    const own = compilation.getAssets().filter(({ name }) => name !== 'service-worker.js')
    const made = makePageAndRelease({
      version,
      contract,
      files: new Map([...own.map(({ name, source }) => [name, Buffer.from(source.buffer())] as const), ...board.files()]),
      template: readFileSync(template, 'utf8'),
      signingKeyPem,
    })
    compilation.emitAsset('release.json', new sources.RawSource(made.release))
    compilation.emitAsset('index.html', new sources.RawSource(made.page))
    this.#precache = made.precache
  }

  #writeSeal(compilation: Compilation): void {
    const { version, signingKeyPem } = this.#options
    const bytes = (path: string): Buffer => Buffer.from(compilation.getAsset(path)?.source.buffer() ?? '')
    const files = {
      'index.html': bytes('index.html'),
      'release.json': bytes('release.json'),
      'service-worker.js': bytes('service-worker.js'),
    }
    compilation.emitAsset('seal.json', new sources.RawSource(makeSeal(version, files, signingKeyPem)))
    compilation.emitAsset('headers.json', new sources.RawSource(makeHeaders(files['index.html'])))
  }
}
