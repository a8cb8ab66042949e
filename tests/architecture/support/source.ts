/**
 * What the architecture rules need to know of a source file: what it imports, exports, and which global words it
 * uses as values. Read from swc's syntax tree, so that comments, strings and types can't fool it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from '@swc/core'

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

export type Target =
  /** A file of ours, as a path from the root. */
  | { readonly kind: 'file'; readonly path: string }
  /** An npm package, by its name. */
  | { readonly kind: 'package'; readonly name: string }
  /** A module of Node. */
  | { readonly kind: 'node'; readonly name: string }

export interface Source {
  /** From the root, with forward slashes. */
  readonly path: string
  /** Type-only ones too: a type can tie two parts together as well as a value. */
  readonly imports: readonly Target[]
  readonly exports: readonly string[]
  /**
   * Names used or bound where values stand: property names and types are left out. `a.b` gives `a` and `a.b`;
   * `a` in any other use, `a[b]` too, gives `a` and `a.*`, for what happens to it is not to be seen.
   */
  readonly words: ReadonlySet<string>
}

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

/** swc's nodes whose name begins with Ts and which hold expressions all the same. */
const TS_WITH_VALUES = new Set([
  'TsAsExpression',
  'TsConstAssertion',
  'TsEnumDeclaration',
  'TsEnumMember',
  'TsExportAssignment',
  'TsInstantiation',
  'TsModuleBlock',
  'TsModuleDeclaration',
  'TsNonNullExpression',
  'TsParameterProperty',
  'TsSatisfiesExpression',
  'TsTypeAssertion',
])

/** Keys under which an identifier is a mere name of a property, not a use. */
function isPropertyName(parent: Node, key: string): boolean {
  if (parent.type === 'AssignmentPatternProperty') return false // `{ fetch }` in a pattern binds the word
  return key === 'key' || (key === 'property' && parent.type === 'MemberExpression')
}

/** `b` for the `a` of `a.b`. */
const memberName = (parent: Node, key: string): string | null =>
  key === 'object' && parent.type === 'MemberExpression' ? identifierIn(parent.property) : null

const stringIn = (node: unknown): string | null =>
  isNode(node) && node.type === 'StringLiteral' && typeof node.value === 'string' ? node.value : null
const identifierIn = (node: unknown): string | null =>
  isNode(node) && node.type === 'Identifier' && typeof node.value === 'string' ? node.value : null
const firstArgument = (call: Node): unknown => (call.arguments as readonly { readonly expression: unknown }[])[0]?.expression

/** The specifier that this node imports, if it imports. `new URL('./x.ts', import.meta.url)` is how a Worker is named. */
function specifierOf(node: Node): string | null {
  if (node.type === 'ImportDeclaration' || node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration')
    return stringIn(node.source)
  if (node.type === 'TsImportType') return stringIn(node.argument)
  if (node.type === 'CallExpression' && isNode(node.callee) && (node.callee.type === 'Import' || identifierIn(node.callee) === 'require')) {
    return stringIn(firstArgument(node))
  }
  if (node.type === 'NewExpression' && identifierIn(node.callee) === 'URL') {
    const url = stringIn(firstArgument(node))
    return url?.startsWith('.') ? url : null
  }
  return null
}

function targetOf(specifier: string, from: string): Target {
  if (specifier.startsWith('#contracts/')) return { kind: 'file', path: `shell/contracts/${specifier.slice('#contracts/'.length)}` }
  if (specifier.startsWith('.')) return { kind: 'file', path: posix.join(posix.dirname(from), specifier) }
  if (specifier.startsWith('node:')) return { kind: 'node', name: specifier.slice('node:'.length) }
  const parts = specifier.split('/')
  return { kind: 'package', name: specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '') }
}

/** The names that a declaration or pattern binds. */
function boundNames(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(boundNames)
  if (!isNode(node)) return []
  switch (node.type) {
    case 'Identifier':
      return [String(node.value)]
    case 'VariableDeclaration':
      return boundNames(node.declarations)
    case 'ObjectPattern':
      return boundNames(node.properties)
    case 'ArrayPattern':
      return boundNames(node.elements)
    case 'KeyValuePatternProperty':
      return boundNames(node.value)
    case 'AssignmentPatternProperty':
      return boundNames(node.key)
    case 'AssignmentPattern':
      return boundNames(node.left)
    case 'RestElement':
      return boundNames(node.argument)
    default:
      return boundNames(node.id ?? node.identifier)
  }
}

function exportedNames(body: readonly Node[]): string[] {
  return body.flatMap((node) => {
    switch (node.type) {
      case 'ExportDeclaration':
        return boundNames(node.declaration)
      case 'ExportNamedDeclaration':
        return (node.specifiers as readonly Node[]).flatMap((specifier) =>
          boundNames(specifier.exported ?? specifier.orig ?? specifier.name),
        )
      case 'ExportAllDeclaration':
        return ['*']
      case 'ExportDefaultDeclaration':
      case 'ExportDefaultExpression':
        return ['default']
      default:
        return []
    }
  })
}

/** Reads one file's text. `path` is from the root and decides how relative imports resolve. */
export function readSource(path: string, text: string): Source {
  const tsx = path.endsWith('.tsx')
  const tree: unknown = parseSync(text, { syntax: 'typescript', tsx, target: 'es2024' })
  if (!isNode(tree)) throw new Error(`${path}: no syntax tree`)
  const imports: Target[] = []
  const words = new Set<string>()

  const visit = (value: unknown, parent: Node, key: string, inType: boolean): void => {
    if (Array.isArray(value)) {
      // arguments are wrapped in objects without a type of their own
      for (const item of value) visit(isNode(item) || Array.isArray(item) ? item : (item?.expression ?? null), parent, key, inType)
      return
    }
    if (!isNode(value)) return
    const specifier = specifierOf(value)
    if (specifier !== null) imports.push(targetOf(specifier, path))
    if (value.type === 'Identifier') {
      if (!inType && !isPropertyName(parent, key)) {
        words.add(String(value.value))
        words.add(`${String(value.value)}.${memberName(parent, key) ?? '*'}`)
      }
    }
    const childInType = inType || (value.type.startsWith('Ts') && !TS_WITH_VALUES.has(value.type))
    for (const [childKey, child] of Object.entries(value)) {
      if (childKey === 'imported') continue
      if (childKey === 'specifiers' && value.type === 'ExportNamedDeclaration' && isNode(value.source)) continue
      visit(child, value, childKey, childInType)
    }
  }
  visit(tree, tree, '', false)
  return { path, imports, exports: exportedNames(tree.body as readonly Node[]).sort(), words }
}

const CODE = /\.(?:ts|tsx|mts|mjs)$/u
const SKIPPED = new Set(['node_modules', 'dist', '.git', '.cache', '.screenshots', '.reports'])

/** Paths of all files below `folder` (from the root; '' is the root), without what git ignores. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((item) => {
    if (SKIPPED.has(item.name)) return []
    const path = posix.join(folder, item.name)
    return item.isDirectory() ? filesBelow(path) : [path]
  })
}

let project: readonly Source[] | null = null

/** All code of the project, tests too. Read once for all tests of a file. */
export function readProject(): readonly Source[] {
  project ??= filesBelow('')
    .filter((path) => CODE.test(path) && !path.endsWith('.d.mts'))
    .map((path) => readSource(path, readFileSync(join(ROOT, path), 'utf8')))
  return project
}
