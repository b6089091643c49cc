/**
 * `node test/survival/main.ts [--quick] [--json]`: which clients survive a slow generator, against
 * naive servers and against Trivet.
 *
 * Command line clients that are installed are run for real against a server process, which takes
 * little more than a minute; firmware, and clients that are not there, are simulated.
 */
import { table } from '../../src/cli/table.ts'
import { type ClientTiming, clientTimings } from './client-timing.ts'
import type { NaiveStrategy } from './naive-server.ts'
import { installedClients, type RealRun, runReal } from './run-real.ts'
import { type Survival, surviveNaive, surviveTrivet } from './survive.ts'
import { programArgs } from '../../tools/program-args.ts'

const delaysSeconds = [1, 2, 5, 10, 12, 20, 24, 30, 60]
/** With `--quick`: none of the delays over this. */
const QUICK_SECONDS_MAX = 12

const strategies: readonly [string, NaiveStrategy][] = [
  ['silent', { kind: 'silent', knowsSize: false }],
  ['one OACK', { kind: 'oack-once', knowsSize: true }],
  ['OACK each s', { kind: 'oack-each-second', knowsSize: true }],
]

interface Row {
  readonly client: string
  readonly title: string
  readonly isReal: boolean
  /** By server: the delays that it survives, in seconds. */
  readonly survived: Readonly<Record<string, readonly number[]>>
}

process.exitCode = await main()

async function main(): Promise<number> {
  const { values } = programArgs(import.meta.filename, {
    options: { quick: { type: 'boolean' }, json: { type: 'boolean' } },
  })
  const delays = delaysSeconds.filter((seconds) => !values.quick || seconds <= QUICK_SECONDS_MAX)
  const clients = await installedClients()
  const count = clients.length * delays.length
  const runs = await runReal(clients, delays, progress(count))
  const rows = clientTimings.map((timing) => rowOf(timing, delays, runs))
  if (values.json) process.stdout.write(`${JSON.stringify({ delays, rows }, null, 2)}\n`)
  else process.stdout.write(describe(rows, delays))
  return 0
}

function rowOf(timing: ClientTiming, delays: readonly number[], runs: readonly RealRun[]): Row {
  const own = runs.filter(({ client }) => client === timing.name)
  const survived: Record<string, readonly number[]> = {}
  for (const [name, strategy] of strategies) {
    survived[name] = delays.filter((seconds) =>
      isSurvived(surviveNaive(timing, strategy, seconds * 1000)),
    )
  }
  survived['Trivet'] = delays.filter((seconds) => {
    const run = own.find((one) => one.seconds === seconds)
    return run?.isSurvived ?? isSurvived(surviveTrivet(timing, seconds * 1000))
  })
  const { name: client, title } = timing
  return { client, title, isReal: own.length > 0, survived }
}

function isSurvived({ fate, isRight }: Survival): boolean {
  return fate === 'file' && isRight
}

/** Progress on a terminal, nothing in a pipe. */
function progress(count: number): () => void {
  let done = 0
  return () => {
    done += 1
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${count} real fetches done `)
    if (process.stderr.isTTY && done === count) process.stderr.write('\n')
  }
}

function describe(rows: readonly Row[], delays: readonly number[]): string {
  const servers = [...strategies.map(([name]) => name), 'Trivet']
  const cells = rows.map(({ title, isReal, survived }) => [
    title,
    ...servers.map((server) => marks(survived[server] ?? [], delays)),
    isReal ? 'run' : 'simulated',
  ])
  const heading = `Seconds until the file is there: ${delays.join(' ')}; y: whole and right, made once\n\n`
  return heading + table([['client', ...servers, 'Trivet was'], ...cells])
}

function marks(survived: readonly number[], delays: readonly number[]): string {
  return delays.map((seconds) => (survived.includes(seconds) ? 'y' : '-')).join(' ')
}
