/** The Worker is started from a blob, where neither import maps nor Integrity-Policy reach: it must load nothing. */
const LOADERS = [/\bimport\s*\(/, /\bimportScripts\b/, /\bnew\s+(?:Shared)?Worker\b/, /^\s*import\b/m, /\bimport\.meta\b/]

/** Throws unless the Worker is one file of script without a way to load another. */
export function checkWorkerFiles(files: ReadonlyMap<string, Buffer>): void {
  const scripts = [...files].filter(([path]) => path.endsWith('.js'))
  const [script] = scripts
  if (script === undefined || scripts.length > 1) throw new Error(`the Worker must be one file, not ${scripts.length}`)
  const found = LOADERS.find((loader) => loader.test(script[1].toString()))
  if (found !== undefined) throw new Error(`the Worker holds code that loads other code: ${found.source}`)
}
