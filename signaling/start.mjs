/**
 * `npm start` and `npm run dev`. Plain Node, because it runs before anything is installed: reads its options, installs
 * what is missing, then hands over to signaling/serve.ts.
 */
import { parseArgs } from 'node:util'
import { installPackages } from '../.ci/install.mjs'

const USAGE = `
npm start [-- --config FILE] [--port N] [--host ADDRESS]
npm run dev [-- --config FILE] [--port N] [--host ADDRESS]

Installs what is missing, builds what changed, then serves Sotto and its broker on one port.
With dev: builds again after each change, without minifying and without a service worker.

  --config FILE    settings as JSON; variables that start with SOTTO_ go before it (docs/operations.md)
  --port N         port to listen on, 0 for a free one (default: the variable PORT, else 8080; 8081 with dev)
  --host ADDRESS   address to listen on (default: all)
  --help           show this

Browsers give encryption to pages on https and on localhost only: for other machines give it a certificate
(tls.certFile, tls.keyFile) or put a proxy with TLS in front.
`

/** Ends with one line for the person: called wrongly. */
function refuse(line) {
  process.stderr.write(`sotto: ${line} (--help shows what there is)\n`)
  process.exit(2)
}

function readOptions() {
  const text = { type: 'string' }
  const flag = { type: 'boolean', default: false }
  try {
    const options = { config: text, port: text, host: text, dev: flag, help: flag }
    return parseArgs({ options, strict: true, allowPositionals: false }).values
  } catch (error) {
    return refuse(error.message.split(/\. |\n/u)[0].replace(/^./u, (first) => first.toLowerCase()))
  }
}

const values = readOptions()
if (values.help) {
  process.stdout.write(USAGE.trimStart())
  process.exit(0)
}

/** What the command line says, and PORT, which other tools set too. */
function flags() {
  const port = values.port === undefined && process.env.PORT !== undefined ? ['PORT', process.env.PORT] : ['--port', values.port]
  const named = [
    [...port, 'port'],
    ['--host', values.host, 'host'],
  ]
  return named.flatMap(([name, text, key]) => (text === undefined ? [] : [{ flag: name, key, text }]))
}

try {
  installPackages()
  const { register } = await import('tsx/esm/api')
  register()
  const { serve } = await import('./serve.ts')
  await serve({ env: process.env, file: values.config, flags: flags(), standardPort: values.dev ? 8081 : 8080, dev: values.dev })
} catch (error) {
  process.stderr.write(`sotto: ${error.message}\n`)
  process.exit(error.name === 'SettingsError' ? 2 : 1)
}
