/**
 * Trivet and its peers under the same load, on one server core each, in one interleaved run.
 *
 *     npm run bench [-- --rounds 3] [--only W1,W2] [--write]
 *
 * Needs a C compiler and two cores; peers that are not installed are named and left out. Takes
 * about ten minutes. With --write the tables go to bench/RESULTS.md.
 */
import { cpus, release } from 'node:os'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bootStorms, footprints } from './boot-storm.ts'
import { benchFolder, writeStaticFiles } from './folders.ts'
import { loadGenerator } from './load-generator.ts'
import { markdownTable } from './markdown-table.ts'
import { measure, type Measured, median } from './measure.ts'
import { subjects } from './peers.ts'
import { INVENTORY_DEVICES, writeInventory, writeTrivetSite } from './trivet-site.ts'
import { sourceRows, workloads } from './workloads.ts'
import { programArgs } from '../tools/program-args.ts'

const { values } = programArgs(import.meta.filename, {
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const only = values.only?.split(',')
const isWanted = (id: string): boolean => only === undefined || only.includes(id)

await using folder = await benchFolder()
const site = join(folder.path, 'site')
const files = join(site, 'files')
say('writing files')
await writeStaticFiles(files)
await writeTrivetSite(site)
await writeInventory(site, INVENTORY_DEVICES)
const load = loadGenerator(folder.path)
const all = subjects({ files, scratch: folder.path, site })
const missing = all.flatMap((subject) => {
  const { name } = subject
  const reason = subject.missing()
  return reason === undefined ? [] : [{ name, reason }]
})
const present = all.filter(({ name }) => !missing.some((one) => one.name === name))

const parts: string[] = []
tell(heading())
for (const workload of workloads.filter(({ id }) => isWanted(id.split(',', 1)[0] ?? id))) {
  const taking = present.filter(({ name }) => workload.servers.includes(name))
  const found = new Map<string, Measured[]>()
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of taking) {
      say(`${workload.id}, round ${round + 1}: ${subject.name}`)
      const measured = await measure(subject, load, workload)
      found.set(subject.name, [...(found.get(subject.name) ?? []), measured])
    }
  }
  tell(`## ${workload.id}: ${workload.what}\n\n${tableOf(found, workload.figure)}`)
}
if (isWanted('sources')) tell(await sourcesTable())
if (isWanted('W6')) tell(await bootStorms(present, load, site))
if (isWanted('memory')) tell(await footprints(present, load, site))
if (values.write) await writeFile(join(import.meta.dirname, 'RESULTS.md'), `${parts.join('\n')}\n`)

/** At once: what fails later does not take it along. */
function tell(part: string): void {
  parts.push(part)
  process.stdout.write(`${part}\n`)
}

function heading(): string {
  const [cpu] = cpus()
  const machine = `${cpus().length} cores (${cpu?.model ?? 'unknown'}), Linux ${release()}`
  const left = missing.map(({ name, reason }) => `${name} (${reason})`).join('; ')
  return [
    '# Results',
    '',
    `Measured on ${new Date().toISOString().slice(0, 10)} by \`npm run bench\`: ${machine}, Node ${process.version}.`,
    `The server on one core, the load generator on the other; medians of ${rounds} interleaved runs, each with a`,
    'server of its own that was warmed up. CPU is that of the server and its children, kernel included.',
    'Trivet runs as users run it: routes, journal to standard output, inventory.',
    ...(left === '' ? [] : ['', `Left out: ${left}.`]),
    '',
  ].join('\n')
}

/** The rows, the best first, with their ratio to Trivet's. */
function tableOf(found: ReadonlyMap<string, Measured[]>, figure: 'cpuUs' | 'mbPerSecond'): string {
  const own = median((found.get('trivet') ?? []).map((one) => one[figure]))
  const rows = [...found].map(([name, runs]) => {
    const value = median(runs.map((one) => one[figure]))
    const failed = runs.reduce((sum, one) => sum + one.failed, 0)
    const [low, high] = [
      Math.min(...runs.map((one) => one[figure])),
      Math.max(...runs.map((one) => one[figure])),
    ]
    return { name, value, spread: `${low.toFixed(0)}–${high.toFixed(0)}`, failed }
  })
  rows.sort((one, other) =>
    figure === 'cpuUs' ? one.value - other.value : other.value - one.value,
  )
  const unit = figure === 'cpuUs' ? 'CPU µs per transfer' : 'MB/s'
  return markdownTable(
    ['server', unit, 'runs', 'Trivet / this', 'failed'],
    rows.map(({ name, value, spread, failed }) => [
      name,
      value.toFixed(value < 100 ? 1 : 0),
      spread,
      (own / value).toFixed(2),
      String(failed),
    ]),
  )
}

async function sourcesTable(): Promise<string> {
  const [trivet] = present
  if (trivet === undefined) return ''
  const rows: string[][] = []
  let first: number | undefined
  for (const { what, args, transfers } of sourceRows) {
    const runs: Measured[] = []
    for (let round = 0; round < rounds; round += 1) {
      say(`sources, round ${round + 1}: ${what}`)
      const workload = {
        id: what,
        what,
        args: [...args, '-b', '1428', '-T'],
        transfers,
        figure: 'cpuUs' as const,
        servers: [],
      }
      runs.push(await measure(trivet, load, workload))
    }
    const value = median(runs.map(({ cpuUs }) => cpuUs))
    const failed = runs.reduce((sum, run) => sum + run.failed, 0)
    first ??= value
    rows.push([what, value.toFixed(0), (value / first).toFixed(2), String(failed)])
  }
  return `## Trivet's sources, as W2\n\n${markdownTable(['source', 'CPU µs per transfer', 'to the handler', 'failed'], rows)}`
}

function say(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`)
}
