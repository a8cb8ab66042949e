/** `npm run broker`: the broker alone. Prints where it listens, stops cleanly. */
import { parseArgs } from 'node:util'
import { type Config, readConfig } from './config.ts'
import { type BrokerServer, createBrokerServer } from './server.ts'
import { onSignals } from './signals.ts'

const STANDARD_PORT = 9000

const HELP = `npm run broker -- [options]

  --config FILE    settings as JSON (docs/operations.md); what stands here goes before it
  --port N         port to listen on, 0 for a free one (default ${STANDARD_PORT})
  --host ADDRESS   address to listen on (default: all)
  --path PATH      where the broker stands (default /signal)
  --origin URL     a page's origin that may use it; may be given more than once; '*' for any
                   (default: only pages served from the broker's own host and port)
  --trusted-proxy ADDRESS
                   a proxy of yours whose X-Forwarded-For is believed, or a range; may be given more than once
  --help           this text

Every setting has a variable too, for example SOTTO_TURN_URLS for turn.urls; SOTTO_CONFIG_FILE names the file.
SIGTERM lets clients go bit by bit, Ctrl-C at once; SIGHUP reads certificate and key again.`

/** Ends the process with one clear line. */
function refuse(line: string): never {
  console.error(`broker: ${line}`)
  process.exit(2)
}

function options() {
  try {
    return parseArgs({
      options: {
        config: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        path: { type: 'string' },
        origin: { type: 'string', multiple: true },
        'trusted-proxy': { type: 'string', multiple: true },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (thrown) {
    return refuse(`${thrown instanceof Error ? thrown.message.split('. ')[0] : 'bad options'}. Try --help.`)
  }
}

const values = options()
if (values.help) {
  console.log(HELP)
  process.exit(0)
}

const flag = (name: string, key: string, text: string | readonly string[] | undefined) =>
  text === undefined ? [] : [{ flag: name, key, text }]
const lineOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : 'unknown reason')

function started(): { readonly config: Config; readonly broker: BrokerServer } {
  try {
    const config = readConfig({
      env: process.env,
      file: values.config,
      flags: [
        ...flag('--port', 'port', values.port),
        ...flag('--host', 'host', values.host),
        ...flag('--path', 'path', values.path),
        ...flag(
          '--origin',
          'origins',
          values.origin?.map((origin) => origin.replace(/\/$/, '')),
        ),
        ...flag('--trusted-proxy', 'trustedProxies', values['trusted-proxy']),
      ],
    })
    return { config, broker: createBrokerServer(config.broker, config.tls) }
  } catch (thrown) {
    return refuse(lineOf(thrown))
  }
}

const { config, broker } = started()
const port = config.port ?? STANDARD_PORT
onSignals({ drain: () => broker.broker.drain(), close: () => broker.close(), reloadTls: broker.reloadTls }, () =>
  console.log(`stopped; ${JSON.stringify(broker.broker.metrics.snapshot())}`),
)

broker.listen(port, config.host).then(
  (listening) => {
    const host = config.host === undefined ? 'localhost' : config.host.includes(':') ? `[${config.host}]` : config.host
    const scheme = config.tls === undefined ? 'http' : 'https'
    console.log(`broker: ${scheme}://${host}:${listening}${broker.broker.path} (health: ${broker.broker.path}/health)`)
    const { origins } = config.broker
    console.log(`pages allowed: ${Array.isArray(origins) ? origins.join(', ') : 'of the same host and port (--origin to name others)'}`)
  },
  (thrown: unknown) =>
    refuse(`can't listen on port ${port}: ${thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown reason'}`),
)
