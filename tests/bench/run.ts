/** `npm run bench`: measures, and prints figures that were measured in this run. */
import { readOptions, refuse } from '../support/options.mjs'
import { benchBroker } from './broker.ts'
import { benchLink } from './link.ts'
import { benchOverlay } from './overlay.ts'
import { type Bench, print } from './report.ts'
import { benchRooms } from './rooms.ts'

const COMMAND = 'npm run bench'

/** Each measures what its name says, on this machine, now. */
const BENCHES: Readonly<Record<string, Bench>> = {
  link: benchLink,
  rooms: benchRooms,
  overlay: benchOverlay,
  broker: benchBroker,
}

const USAGE = `
npm run bench -- [NAME] [--json]

Measures and prints the figures. Without a NAME, everything.

  link       message latency over the raw data channel's round trip; from an invite to Connected; to the first screen
  rooms      commits, Welcomes, messages in rooms of 2 to 256 devices, in Node, and over bare ts-mls; bytes of each
  overlay    how messages spread among 256, 1,000 and 10,000 simulated devices, and by flooding; a fifth dies (minutes)
  broker     our broker beside the stock PeerJS server: registrations, messages, memory, cycles, a flood
  --json     one JSON object instead of text
  --help     show this
`

const { values, positionals } = readOptions({ command: COMMAND, usage: USAGE, options: { json: { type: 'boolean' } }, positionals: true })
const unknown = positionals.find((name) => !(name in BENCHES))
if (unknown !== undefined) refuse(COMMAND, `there is no bench '${unknown}'`)

// a browser started here ends with us, also on Ctrl-C: Playwright's own handlers see to it
for (const [name, bench] of Object.entries(BENCHES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  print(name, await bench((line) => process.stderr.write(`${line}\n`)), values.json === true)
}
