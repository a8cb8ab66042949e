/** What a person loads before they see anything: our share of it, beside React, and what must wait until it is asked for. */
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const KB = 1000
type Output = {
  readonly path: string
  readonly contents: Uint8Array
  readonly inputs: readonly string[]
  /** What is loaded with it, unasked. */
  readonly statics: readonly string[]
}
let outputs: readonly Output[]
let ours: readonly Output[]
let styles: readonly Output[]

async function bundle(packages: 'bundle' | 'external', splitting = true): Promise<readonly Output[]> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(ROOT, 'remotes/ui/index.tsx')],
    outdir: join(ROOT, 'out'),
    absWorkingDir: ROOT,
    bundle: true,
    splitting,
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    minify: true,
    write: false,
    metafile: true,
    packages,
    alias: { '#contracts': join(ROOT, 'shell/contracts') },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return outputFiles.map(({ path, contents }) => {
    const name = path.slice(ROOT.length + 1)
    const { inputs = {}, imports = [] }: Partial<Metafile['outputs'][string]> = metafile.outputs[name] ?? {}
    const statics = imports.filter(({ kind }) => kind === 'import-statement').map(({ path: imported }) => imported)
    return { path: name, contents, inputs: Object.keys(inputs), statics }
  })
}
/** Taken together: how the bundler cuts them here is not how they ship. */
const total = (files: readonly Output[], kind: string): number =>
  gzipSync(Buffer.concat(files.filter(({ path }) => path.endsWith(kind)).map(({ contents }) => contents)), { level: 9 }).length

/** The entry and all that comes with it. */
function atOnce(files: readonly Output[]): readonly Output[] {
  const wanted = new Set(['out/index.js'])
  for (const path of wanted) for (const more of files.find((file) => file.path === path)?.statics ?? []) wanted.add(more)
  return files.filter(({ path }) => wanted.has(path))
}

function onDemand(files: readonly Output[]): readonly Output[] {
  const first = atOnce(files)
  return files.filter((file) => !first.includes(file))
}

beforeAll(async () => {
  outputs = await bundle('bundle')
  ours = await bundle('external')
  styles = await bundle('external', false)
})

/** A catalogue stands alone, and whoever speaks its language loads that one: it is no part of what all may come to load. */
const isCatalogue = ({ inputs }: Output): boolean => inputs.length === 1 && /text\/(de|es|ar|zh)\.ts$/.test(inputs[0] ?? '')

test('our own code is at most 20 kB of gzip at once and 35 more on demand, our styles 15', () => {
  expect(total(atOnce(ours), '.js')).toBeLessThanOrEqual(20 * KB)
  expect(
    total(
      onDemand(ours).filter((file) => !isCatalogue(file)),
      '.js',
    ),
  ).toBeLessThanOrEqual(35 * KB)
  // in one piece: cut, this bundler writes a style once for each part that has it; the one we ship with does not
  expect(total(styles, '.css')).toBeLessThanOrEqual(15 * KB)
})

test('each further language is a file of its own, on demand, of at most 12 kB', () => {
  const catalogues = onDemand(ours).filter(isCatalogue)
  expect(catalogues).toHaveLength(4)
  for (const one of catalogues) expect(total([one], '.js')).toBeLessThanOrEqual(12 * KB)
})

test.each([
  'screens/Home.tsx',
  'screens/ConversationPane.tsx',
  'screens/message/',
  'screens/DirectDetails.tsx',
  'screens/rooms/',
  'components/small-picture.ts',
])('%s is on demand', (part) => {
  const holds = ({ inputs }: Output): boolean => inputs.some((path) => path.includes(part))
  expect(ours.filter(holds).length).toBeGreaterThan(0)
  expect(atOnce(ours).filter(holds)).toEqual([])
})

test('the encoder of codes is on demand, alone', () => {
  const entry = outputs.find(({ path }) => path === 'out/index.js')
  const withQr = outputs.filter(({ inputs }) => inputs.some((path) => path.includes('node_modules/qr/')))
  expect(entry?.inputs.some((path) => path.includes('node_modules/qr/'))).toBe(false)
  expect(withQr).toHaveLength(1)
  expect(withQr[0]?.inputs.every((path) => path.includes('node_modules/qr/') || path.endsWith('qr-matrix.ts'))).toBe(true)
})

test('beside ours there is React and nothing else', () => {
  const packages = new Set(outputs.flatMap(({ inputs }) => inputs).flatMap((path) => /node_modules\/([^/]+)/.exec(path)?.[1] ?? []))
  expect([...packages].sort()).toEqual(['qr', 'react', 'react-dom', 'scheduler'])
})
