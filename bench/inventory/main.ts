/**
 * How long an inventory of 100,000 devices takes, on SQLite and on PostgreSQL. Prints a table.
 *
 *     npm run bench:inventory [-- --devices 100000]
 *
 * Each figure is measured in a process of its own kind: one imports, another serves.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { OpenStoreOptions } from '../../src/store/open-store.ts'
import { startPostgres } from '../../src/testing/postgres-server.ts'
import { markdownTable } from '../markdown-table.ts'
import { type Figures, importAll, readText, serve } from './figures.ts'
import { programArgs } from '../../tools/program-args.ts'

const run = promisify(execFile)

const { values: flags } = programArgs(import.meta.filename, {
  options: {
    devices: { type: 'string', default: '100000' },
    phase: { type: 'string' },
    store: { type: 'string', default: '{}' },
  },
})
const deviceCount = Number(flags.devices)

if (flags.phase === undefined) await compare()
else console.log(JSON.stringify(await phase(flags.phase)))

async function phase(name: string): Promise<Figures> {
  const options = JSON.parse(flags.store) as OpenStoreOptions
  if (name === 'text') return await readText(deviceCount)
  return name === 'import' ? await importAll(options, deviceCount) : await serve(options)
}

async function compare(): Promise<void> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'trivet-bench-'))
  await using postgres = await startPostgres()
  const url = await postgres.createDatabase('bench')
  const text = await inProcess('text', { stateFolder })
  const engines: Figures[] = []
  for (const options of [{ stateFolder }, { stateFolder, url }]) {
    const imported = await inProcess('import', options)
    engines.push({ ...imported, ...(await inProcess('serve', options)) })
  }
  await rm(stateFolder, { recursive: true, force: true })
  const [one] = engines
  console.log(`${deviceCount} devices, ${one?.['changed']} of them below the class that changes`)
  console.log(`As YAML: ${mib(text['textBytes'])}, read in ${s(text['textMs'])}\n`)
  console.log(markdownTable(['', 'SQLite', 'PostgreSQL'], rowsOf(engines)))
}

async function inProcess(name: string, options: OpenStoreOptions): Promise<Figures> {
  const store = ['--store', JSON.stringify(options)]
  const args = ['--expose-gc', import.meta.filename, '--phase', name, ...store]
  const { stdout } = await run(process.execPath, [...args, '--devices', String(deviceCount)])
  return JSON.parse(stdout) as Figures
}

function rowsOf(engines: readonly Figures[]): readonly (readonly string[])[] {
  const row = (name: string, key: string, unit: (figure?: number) => string): string[] => {
    return [name, ...engines.map((figures) => unit(figures[key]))]
  }
  return [
    row('import, one revision', 'importMs', s),
    row('load at start', 'loadMs', s),
    row('find a device by MAC', 'findMs', us),
    row('resolve: the first device of its classes', 'firstMs', us),
    row('resolve: any other device', 'othersMs', us),
    row('resolve: the same device again', 'againMs', us),
    row('what a device resolves to is unchanged', 'stampMs', us),
    row('class change until the next request sees it, median', 'changeMs', ms),
    row('the same, worst', 'worstChangeMs', ms),
    row("another server's change until this one has it", 'followMs', ms),
    row('heap of the inventory', 'heapBytes', mib),
    row('resident set after loading', 'loadedResidentBytes', mib),
    row('resident set after all of this', 'residentBytes', mib),
  ]
}

function s(ms = Number.NaN): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function ms(figure = Number.NaN): string {
  return `${figure.toFixed(1)} ms`
}

function us(figure = Number.NaN): string {
  return `${(figure * 1000).toFixed(1)} µs`
}

function mib(bytes = Number.NaN): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}
