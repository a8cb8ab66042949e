/** `npm run broker`: the broker alone. Prints where it listens, stops cleanly on Ctrl-C. */
import { parseArgs } from 'node:util'
import { turnFromEnvironment } from './environment.ts'
import { type BrokerOptions, createBrokerServer } from './server.ts'

const HELP = `npm run broker -- [options]

  --port N         port to listen on, 0 for a free one (default 9000)
  --host ADDRESS   address to listen on (default: all)
  --path PATH      where the broker stands (default /signal)
  --origin URL     a page's origin that may use it; may be given more than once; '*' for any
                   (default: only pages served from the broker's own host and port)
  --behind-proxy   a reverse proxy of yours writes the last X-Forwarded-For entry
  --help           this text

Environment, for credentials of your TURN server at <path>/turn (docs/operations.md):
  SOTTO_TURN_SECRET_FILE   file with coturn's static-auth-secret
  SOTTO_TURN_URLS          turn: and turns: URLs, with commas between`

/** Ends the process with one clear line. */
function refuse(line: string): never {
  console.error(`broker: ${line}`)
  process.exit(2)
}

function options() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '9000' },
        host: { type: 'string' },
        path: { type: 'string', default: '/signal' },
        origin: { type: 'string', multiple: true },
        'behind-proxy': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (thrown) {
    return refuse(`${thrown instanceof Error ? thrown.message.split('. ')[0] : 'bad options'}. Try --help.`)
  }
}

/** An origin as browsers write it, or an end with a clear line. */
function originOf(text: string): string {
  if (text === '*') return text
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || url.origin === 'null' || url.origin !== text.replace(/\/$/, ''))
    refuse(`--origin ${text} is not an origin such as https://example.org`)
  return url.origin
}

const values = options()
if (values.help) {
  console.log(HELP)
  process.exit(0)
}
const port = Number(values.port)
if (!/^\d+$/.test(values.port) || port > 65_535) refuse(`--port ${values.port} is not a port`)

function turn(): Pick<BrokerOptions, 'turn'> {
  try {
    const found = turnFromEnvironment(process.env)
    return found === undefined ? {} : { turn: found }
  } catch (thrown) {
    return refuse(thrown instanceof Error ? thrown.message : 'bad environment')
  }
}

const config: BrokerOptions = {
  ...turn(),
  path: values.path,
  behindProxy: values['behind-proxy'],
  ...(values.origin === undefined ? {} : { origins: values.origin.map(originOf) }),
}
const broker = createBrokerServer(config)

let stopping = false
const stop = (): void => {
  if (stopping) process.exit(1)
  stopping = true
  broker.close().then(
    () => {
      console.log(`stopped; ${JSON.stringify(broker.broker.metrics.snapshot())}`)
      process.exit(0)
    },
    () => process.exit(1),
  )
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

broker.listen(port, values.host).then(
  (listening) => {
    const host = values.host === undefined ? 'localhost' : values.host.includes(':') ? `[${values.host}]` : values.host
    console.log(`broker: http://${host}:${listening}${broker.broker.path} (health: ${broker.broker.path}/health)`)
    console.log(
      `pages allowed: ${values.origin === undefined ? 'of the same host and port (--origin to name others)' : values.origin.join(', ')}`,
    )
  },
  (thrown: unknown) =>
    refuse(`can't listen on port ${port}: ${thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown reason'}`),
)
