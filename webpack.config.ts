/**
 * One build, six compilers: the two cryptography Workers, the three remotes, and last the shell, which writes the
 * release. webpack's own Module Federation with ES modules throughout: no eval, no script elements made at run time
 * (docs/decisions/0001-webpack-federation.md).
 *
 * Environment (`webpack --env name=value`): dist, the output folder; version, instead of package.json's; dev, for
 * `npm run dev`. SOTTO_SIGNING_KEY names a file with an Ed25519 private key (PKCS #8 PEM) to sign the release with.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import MiniCssExtractPlugin from 'mini-css-extract-plugin'
import webpack, { type Configuration } from 'webpack'
import { InjectManifest } from 'workbox-webpack-plugin'
import { Board } from './shell/build/board.ts'
import { ReleasePlugin } from './shell/build/plugin.ts'
import { checkWorkerFiles } from './shell/build/worker-check.ts'
import { CONTRACT_VERSION } from './shell/contracts/version.ts'

const root = import.meta.dirname

export interface BuildEnv {
  readonly dist?: string
  readonly version?: string
  readonly dev?: boolean
}

interface Part {
  readonly name: string
  readonly folder: string
  readonly options: Configuration
}

const typescript = {
  test: /\.tsx?$/,
  loader: 'swc-loader',
  options: {
    swcrc: false,
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', tsx: true },
      transform: { react: { runtime: 'automatic' } },
    },
  },
}

// Styles come as files, never as style elements: the page's policy refuses those.
const styles = {
  test: /\.css$/,
  use: [
    MiniCssExtractPlugin.loader,
    {
      loader: 'css-loader',
      options: {
        modules: {
          auto: /\.module\.css$/,
          localIdentName: '[name]-[local]-[hash:base64:5]',
          namedExport: false,
          exportLocalsConvention: 'as-is',
        },
      },
    },
  ],
}

function common({ name, folder, options }: Part, { dist = join(root, 'dist'), dev = false }: BuildEnv): Configuration {
  return {
    name,
    context: root,
    mode: dev ? 'development' : 'production',
    target: ['web', 'es2023'],
    devtool: false,
    entry: {},
    performance: false,
    ...options,
    output: {
      path: resolve(root, dist, folder),
      clean: true,
      filename: '[name].[contenthash:16].js',
      chunkFilename: '[name].[contenthash:16].js',
      publicPath: 'auto',
      module: true,
      chunkFormat: 'module',
      chunkLoading: 'import',
      uniqueName: `sotto-${name}`,
      ...options.output,
    },
    // the page is written by ReleasePlugin, byte for byte: nothing may minify it afterwards
    experiments: { outputModule: true, html: false, css: false },
    resolve: { extensions: ['.js'] },
    module: { rules: [typescript, styles], ...options.module },
    optimization: { splitChunks: false, runtimeChunk: false, realContentHash: true, ...options.optimization },
    cache: {
      type: 'filesystem',
      cacheDirectory: join(root, '.cache', 'webpack'),
      name: `${name}-${dev ? 'dev' : 'production'}`,
      buildDependencies: { config: [join(root, 'webpack.config.ts'), join(root, 'package-lock.json')] },
    },
    infrastructureLogging: { level: 'error' },
    stats: 'errors-warnings',
  }
}

// `runtime: false`: the shell loads a remote's styles, with their hashes, before it starts the remote.
const extractStyles = (name: string) =>
  new MiniCssExtractPlugin({ filename: `${name}.[contenthash:16].css`, chunkFilename: '[name].[contenthash:16].css', runtime: false })

const remote = (name: string, entry: string, board: Board): Part => ({
  name,
  folder: `remotes/${name}`,
  options: {
    plugins: [
      new webpack.container.ModuleFederationPlugin({
        name,
        filename: 'entry.[contenthash:16].js',
        library: { type: 'module' },
        exposes: { './index': { import: entry, name: 'index' } },
      }),
      extractStyles(name),
      board.collect(`remotes/${name}`),
    ],
  },
})

/** Everything in one file: whatever is imported on demand elsewhere is eager here. */
const worker = (name: string, entry: string, board: Board): Part => ({
  name,
  folder: `remotes/${name}`,
  options: {
    target: ['webworker', 'es2023'],
    entry: { worker: entry },
    output: { module: false, chunkFormat: 'array-push', chunkLoading: false, iife: true, publicPath: '' },
    module: { rules: [typescript], parser: { javascript: { dynamicImportMode: 'eager', worker: false, importMeta: true } } },
    plugins: [board.collect(`remotes/${name}`, checkWorkerFiles)],
  },
})

const shell = (board: Board, version: string, dev: boolean): Part => {
  const keyFile = process.env.SOTTO_SIGNING_KEY
  const release = new ReleasePlugin({
    board,
    version,
    contract: CONTRACT_VERSION,
    publicFolder: join(root, 'public'),
    template: join(root, 'shell', 'index.html'),
    signingKeyPem: keyFile === undefined ? null : readFileSync(keyFile, 'utf8'),
  })
  return {
    name: 'shell',
    folder: '.',
    options: {
      dependencies: ['cryptography-worker', 'cryptography-vault', 'cryptography', 'p2p', 'ui'],
      entry: { boot: './shell/boot/index.ts' },
      output: { clean: { keep: /^remotes\// } },
      // a Worker is started by the shell from checked bytes, never by webpack
      module: { rules: [typescript, styles], parser: { javascript: { worker: false } } },
      plugins: [
        new webpack.container.ModuleFederationPlugin({
          name: 'shell',
          // resolved by the page's import map, so that the shell's bytes do not depend on the remotes'
          remotes: { cryptography: 'sotto/cryptography', p2p: 'sotto/p2p', ui: 'sotto/ui' },
          remoteType: 'import',
        }),
        extractStyles('shell'),
        release,
        // `npm run dev` has no service worker: it would keep showing the release before
        ...(dev ? [] : [new InjectManifest({ swSrc: join(root, 'shell', 'service-worker.ts'), manifestTransforms: [release.precache] })]),
      ],
    },
  }
}

/** The configuration of a build; `webpack` calls it with what stands behind `--env`. */
export default function configuration(env: BuildEnv = {}): Configuration[] {
  const board = new Board()
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return [
    worker('cryptography-worker', './remotes/cryptography/worker.ts', board),
    worker('cryptography-vault', './remotes/cryptography/vault-worker.ts', board),
    remote('cryptography', './remotes/cryptography/index.ts', board),
    remote('p2p', './remotes/p2p/index.ts', board),
    remote('ui', './remotes/ui/index.tsx', board),
    shell(board, env.version ?? manifest.version, env.dev ?? false),
  ].map((part) => common(part, env))
}
