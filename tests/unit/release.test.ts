/** Releases: who vouches for whom, in bytes. */
import { createHash, generateKeyPairSync, webcrypto } from 'node:crypto'
import { expect, test } from 'vitest'
import { inlineScriptHashes, integrityOf, makeHeaders, makePageAndRelease, makeSeal, type ReleaseInput } from '../../shell/build/release.ts'
import { checkWorkerFiles } from '../../shell/build/worker-check.ts'
import { canonicalJson, compareVersions, parseSeal, type Release, sealedBytes } from '../../shell/release-format.ts'

const TEMPLATE = `<meta content="{{policy}}"><script>listen()</script><script type="importmap">{}</script>
{{preloads}}<link href="{{style}}" integrity="{{styleIntegrity}}"><script src="{{script}}" integrity="{{scriptIntegrity}}" data-release="{{releaseIntegrity}}"></script>`

const FILES = new Map(
  [
    'boot.aa.js',
    'shell.bb.css',
    'icons/a.png',
    ...['cryptography', 'p2p', 'ui'].flatMap((name) => [`remotes/${name}/entry.cc.js`, `remotes/${name}/index.dd.js`]),
    'remotes/ui/7.ee.js',
    'remotes/ui/index.ff.css',
    'remotes/cryptography-worker/worker.aa.js',
    'remotes/cryptography-vault/worker.ab.js',
  ].map((path) => [path, Buffer.from(path)] as const),
)
const INPUT: ReleaseInput = { version: '1.2.3', contract: 4, files: FILES, template: TEMPLATE, signingKeyPem: null }

const make = (input: Partial<ReleaseInput> = {}) => {
  const made = makePageAndRelease({ ...INPUT, ...input })
  return { ...made, html: made.page.toString(), content: JSON.parse(made.release.toString()) as Release }
}

test('release.json holds the sha384 of every file, and the parts of each remote', () => {
  const { content } = make()
  expect(Object.keys(content.files)).toEqual([...FILES.keys()].sort())
  for (const [path, bytes] of FILES) expect(content.files[path]).toBe(`sha384-${createHash('sha384').update(bytes).digest('base64')}`)
  expect(content.remotes.ui).toEqual({
    contract: 4,
    entry: 'remotes/ui/entry.cc.js',
    styles: ['remotes/ui/index.ff.css'],
    worker: null,
    vaultWorker: null,
  })
  expect(content.remotes.cryptography.worker).toBe('remotes/cryptography-worker/worker.aa.js')
  expect(content.remotes.cryptography.vaultWorker).toBe('remotes/cryptography-vault/worker.ab.js')
  expect(content.signedBy).toBeNull()
})

test('the page names release.json, every module and nothing that is no module', () => {
  const { html, release, content } = make()
  expect(html).toContain(`data-release="${integrityOf(release)}"`)
  const map = JSON.parse(/importmap">(.*?)<\/script>/.exec(html)?.[1] ?? '') as { imports: object; integrity: Record<string, string> }
  expect(map.imports).toEqual({
    'sotto/cryptography': './remotes/cryptography/entry.cc.js',
    'sotto/p2p': './remotes/p2p/entry.cc.js',
    'sotto/ui': './remotes/ui/entry.cc.js',
  })
  const modules = [...FILES.keys()].filter((path) => path.endsWith('.js') && !path.includes('worker.'))
  expect(map.integrity).toEqual(Object.fromEntries(modules.sort().map((path) => [`./${path}`, content.files[path]])))
})

test('the policy in the page and in the headers names both inline scripts by their hashes', () => {
  const { html, page } = make()
  const hashes = inlineScriptHashes(html)
  expect(hashes).toHaveLength(2)
  expect(hashes[0]).toBe(integrityOf('listen()'))
  const headers = JSON.parse(makeHeaders(page).toString()) as Record<string, string>
  for (const hash of hashes) {
    expect(html).toContain(`'${hash}'`)
    expect(headers['Content-Security-Policy']).toContain(`'${hash}'`)
  }
})

test('one byte of any file changes release.json and the page', () => {
  const { html, release } = make()
  for (const path of FILES.keys()) {
    const other = make({ files: new Map([...FILES, [path, Buffer.from(`${path}!`)]]) })
    expect(other.release.equals(release)).toBe(false)
    expect(other.html).not.toBe(html)
  }
})

test('the service worker is given every file, the page and release.json, each with its hash', () => {
  const { precache, page, release, content } = make()
  const held = Object.fromEntries(precache.map(({ url, integrity }) => [url, integrity]))
  const files = Object.entries(content.files).map(([path, integrity]) => [`./${path}`, integrity])
  expect(held).toEqual({ ...Object.fromEntries(files), './index.html': integrityOf(page), './release.json': integrityOf(release) })
  expect(precache.every(({ revision }) => revision === null)).toBe(true)
})

test('a build that lacks a part, or has one twice, is refused', () => {
  const without = (path: string) => new Map([...FILES].filter(([name]) => name !== path))
  expect(() => make({ files: without('remotes/p2p/entry.cc.js') })).toThrow('expected one file')
  expect(() => make({ files: new Map([...FILES, ['remotes/p2p/entry.dd.js', Buffer.from('')]]) })).toThrow('expected one file')
  for (const path of ['remotes/cryptography-worker/worker.aa.js', 'remotes/cryptography-vault/worker.ab.js'])
    expect(() => make({ files: without(path) })).toThrow('expected one file')
  expect(() => make({ template: TEMPLATE.replace('{{style}}', '{{stile}}') })).toThrow('unknown value')
  expect(() => make({ template: TEMPLATE.replace('importmap', 'map') })).toThrow('import map')
})

const sealed = { 'index.html': Buffer.from('a'), 'release.json': Buffer.from('b'), 'service-worker.js': Buffer.from('c') }

test('a seal has one spelling', () => {
  const text = makeSeal('1.2.3', sealed, null).toString()
  expect(parseSeal(text)).toEqual({
    version: '1.2.3',
    files: { 'index.html': integrityOf('a'), 'release.json': integrityOf('b'), 'service-worker.js': integrityOf('c') },
    signature: null,
  })
  for (const other of [` ${text}`, text.replace(' ', '\t'), text.trimEnd(), text.replace('"version"', '"\\u0076ersion"'), `${text}\n`]) {
    expect(() => parseSeal(other)).toThrow()
  }
})

test('a signed release: its key is pinned, its seal verifies, another key or another byte does not', async () => {
  const pem = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const ours = pem()
  const { content } = make({ signingKeyPem: ours })
  const seal = parseSeal(makeSeal('1.2.3', sealed, ours).toString())
  const verifies = async (publicKey: string | null, changed: Partial<typeof seal> = {}): Promise<boolean> => {
    const key = await webcrypto.subtle.importKey('raw', Buffer.from(publicKey ?? '', 'base64'), 'Ed25519', false, ['verify'])
    return webcrypto.subtle.verify('Ed25519', key, Buffer.from(seal.signature ?? '', 'base64'), sealedBytes({ ...seal, ...changed }))
  }
  expect(await verifies(content.signedBy)).toBe(true)
  expect(await verifies(make({ signingKeyPem: pem() }).content.signedBy)).toBe(false)
  expect(await verifies(content.signedBy, { version: '1.2.4' })).toBe(false)
  expect(await verifies(content.signedBy, { files: { ...seal.files, 'service-worker.js': integrityOf('d') } })).toBe(false)
})

test('versions are compared as numbers', () => {
  const order = ['0.9.9', '0.10.0', '1.2.3', '1.2.10', '1.10.0', '2.0.0']
  for (const [i, a] of order.entries()) {
    for (const [j, b] of order.entries()) expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(i - j))
  }
  expect(compareVersions('1.2.3-beta', '1.2.3')).toBe(0)
})

test('json has one spelling', () => {
  expect(canonicalJson({ b: 1, a: [2] })).toBe('{\n "b": 1,\n "a": [\n  2\n ]\n}\n')
})

test('the Worker may load nothing and must be one file', () => {
  const worker = (text: string) => new Map([['worker.js', Buffer.from(text)]])
  expect(() => checkWorkerFiles(worker('postMessage(important)'))).not.toThrow()
  for (const text of [
    'import("./x.js")',
    'importScripts("x.js")',
    'new Worker(u)',
    'new SharedWorker(u)',
    'import{a}from"./x.js"',
    'import.meta.url',
  ]) {
    expect(() => checkWorkerFiles(worker(text))).toThrow()
  }
  expect(() => checkWorkerFiles(new Map([...worker('a'), ['1.js', Buffer.from('b')]]))).toThrow('one file')
  expect(() => checkWorkerFiles(new Map())).toThrow('one file')
})
