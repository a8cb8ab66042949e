/**
 * `npm test`: everything that must hold, in order, on a machine that has Node and git and nothing else.
 * Plain Node, because it runs before anything is installed. The last line is the count that the machine reads.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installBrowsers, installCoturn, installPackages, installRedis } from '../.ci/install.mjs'
import { endChildrenOnSignals, runChild } from './support/children.mjs'
import { readOptions, refuse } from './support/options.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const MINUTE_MS = 60_000
const HEARTBEAT_MS = 60_000
const COMMAND = 'npm test'
/** Colours are for eyes: a log holds plain text. */
const CHILD_ENV = process.stdout.isTTY ? {} : { NO_COLOR: '1' }

/**
 * The stages, in order. `command` counts as one test; `folder` holds vitest files, each test counts.
 * `alone`: one file at a time, for what measures or fills both cores. `limitMs` ends a stage that hangs.
 */
const STAGES = [
  { name: 'types', command: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'], limitMs: 5 * MINUTE_MS },
  {
    name: 'lint',
    command: ['node_modules/@biomejs/biome/bin/biome', 'ci', `--colors=${process.stdout.isTTY ? 'force' : 'off'}`, '.'],
    limitMs: 2 * MINUTE_MS,
  },
  { name: 'architecture', folder: 'tests/architecture', limitMs: 5 * MINUTE_MS },
  { name: 'unit', folder: 'tests/unit', limitMs: 5 * MINUTE_MS },
  { name: 'wire', folder: 'tests/wire', limitMs: 5 * MINUTE_MS },
  { name: 'contract', folder: 'tests/contract', limitMs: 8 * MINUTE_MS, browsers: true, redis: true },
  { name: 'scenarios', folder: 'tests/scenarios', limitMs: 10 * MINUTE_MS },
  { name: 'simulation', folder: 'tests/simulation', limitMs: 12 * MINUTE_MS },
  { name: 'hostile', folder: 'tests/hostile', limitMs: 10 * MINUTE_MS, coturn: true, browsers: true },
  { name: 'build', command: ['node_modules/tsx/dist/cli.mjs', 'shell/build/run.ts'], limitMs: 5 * MINUTE_MS },
  { name: 'browser', folder: 'tests/browser', limitMs: 40 * MINUTE_MS, alone: true, browsers: true },
]

const USAGE = `
npm test [-- --only STAGE[,STAGE...]]

Installs what is missing (npm packages; Chromium, Firefox ESR, coturn and Redis by apt-get, as root), then runs, in this order:
  ${STAGES.map((stage) => stage.name).join(', ')}

  --only STAGES   run these stages only, in the order above
  --help          show this

Ends with 0 if nothing failed. The last line is "N passed, N failed", and ", N skipped" if any were.
`

function chosenStages() {
  const { values } = readOptions({ command: COMMAND, usage: USAGE, options: { only: { type: 'string' } } })
  if (values.only === undefined) return STAGES
  const names = values.only.split(',')
  const unknown = names.find((name) => !STAGES.some((stage) => stage.name === name))
  if (unknown !== undefined) refuse(COMMAND, `there is no stage '${unknown}'`)
  return STAGES.filter((stage) => names.includes(stage.name))
}

const holdsTests = (folder) =>
  existsSync(join(root, folder)) && readdirSync(join(root, folder), { recursive: true }).some((file) => /\.test\.tsx?$/u.test(file))

/** Counts what vitest wrote. A file that did not load, or an error outside every test, is a failure too. */
function countsOf(reportPath, exitCode) {
  if (!existsSync(reportPath)) return { passed: 0, failed: 1, skipped: 0, failures: ['the test runner ended without a report'] }
  const report = JSON.parse(readFileSync(reportPath, 'utf8'))
  const failures = report.testResults.flatMap((file) => {
    const tests = file.assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${relative(root, file.name)}: ${test.fullName}`)
    return file.status === 'failed' && tests.length === 0 ? [`${relative(root, file.name)}: the file could not be run`] : tests
  })
  if (exitCode !== 0 && failures.length === 0) failures.push('an error outside every test')
  return { passed: report.numPassedTests, failed: failures.length, skipped: report.numPendingTests + report.numTodoTests, failures }
}

async function runFolder(stage, reportsFolder) {
  if (!holdsTests(stage.folder)) return { passed: 0, failed: 0, skipped: 0, failures: [] }
  const reportPath = join(reportsFolder, `${stage.name}.json`)
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    `${stage.folder}/`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportPath}`,
  ]
  if (stage.alone) args.push('--no-file-parallelism')
  return countsOf(reportPath, await runChild(process.execPath, args, { cwd: root, limitMs: stage.limitMs, env: CHILD_ENV }))
}

async function runCommand(stage) {
  const passed = (await runChild(process.execPath, stage.command, { cwd: root, limitMs: stage.limitMs, env: CHILD_ENV })) === 0
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0, failures: passed ? [] : [`${stage.command.join(' ')}`] }
}

/** One stage from its heading to its counts. Says that it lives once a minute, for a machine that watches for silence. */
async function runStage(stage, reportsFolder) {
  console.log(`\n=== ${stage.name}`)
  const startedMs = performance.now()
  const seconds = () => (performance.now() - startedMs) / 1000
  const heartbeat = setInterval(() => console.log(`    ${stage.name}: still running, ${seconds().toFixed(0)} s`), HEARTBEAT_MS)
  try {
    if (stage.browsers) installBrowsers()
    if (stage.coturn) installCoturn()
    if (stage.redis) installRedis()
    const counts = stage.folder === undefined ? await runCommand(stage) : await runFolder(stage, reportsFolder)
    return { name: stage.name, seconds: seconds(), ...counts }
  } catch (error) {
    return { name: stage.name, seconds: seconds(), passed: 0, failed: 1, skipped: 0, failures: [error.message] }
  } finally {
    clearInterval(heartbeat)
  }
}

function printTable(results) {
  const line = (name, ...cells) => `${name.padEnd(14)}${cells.map((cell) => String(cell).padStart(9)).join('')}`
  console.log(`\n${line('stage', 'passed', 'failed', 'skipped', 'seconds')}`)
  for (const { name, passed, failed, skipped, seconds } of results) console.log(line(name, passed, failed, skipped, seconds.toFixed(1)))
  for (const { name, failures } of results) for (const failure of failures) console.log(`failed: ${name}: ${failure}`)
}

function finish(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0)
  const skipped = sum('skipped')
  console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = sum('failed') > 0 ? 1 : 0
}

const stages = chosenStages()
endChildrenOnSignals()
const reportsFolder = mkdtempSync(join(tmpdir(), 'sotto-test-'))
process.once('exit', () => rmSync(reportsFolder, { recursive: true, force: true }))
const results = []
try {
  installPackages()
  for (const stage of stages) results.push(await runStage(stage, reportsFolder))
  printTable(results)
} catch (error) {
  console.log(error.message)
  results.push({ passed: 0, failed: 1, skipped: 0 })
}
finish(results)
