/**
 * How long an inventory of 100,000 devices takes, on SQLite and on PostgreSQL. Prints a table.
 *
 *     npm run bench:inventory [-- --devices 100000]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { table } from '../../src/cli/table.ts'
import { LiveInventory } from '../../src/store/live-inventory.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import { startPostgres } from '../../src/testing/postgres-server.ts'
import { benchClasses, benchEdits, HALF_CLASS } from './tree.ts'

const { values } = parseArgs({ options: { devices: { type: 'string', default: '100000' } } })
const DEVICES = Number(values.devices)

interface Figures {
  readonly engine: string
  readonly importS: number
  readonly loadMs: number
  readonly coldUs: number
  readonly warmUs: number
  readonly changeMs: number
  readonly changed: number
  readonly heapMb: number
  readonly residentMb: number
}

/** The median of several, each of which asks for every hundredth device. */
function resolvedUs(live: LiveInventory, ids: readonly string[]): number {
  const start = performance.now()
  for (const id of ids) {
    const device = live.device(id)?.record
    if (device === undefined || live.resolve(device).problem !== undefined) throw new Error(id)
  }
  return ((performance.now() - start) * 1000) / ids.length
}

async function measure(open: () => Promise<Store>): Promise<Figures> {
  await using store = await open()
  await using live = await LiveInventory.open(store)
  const edits = benchEdits(DEVICES)
  const importStart = performance.now()
  const applied = await live.apply({ who: 'bench', edits }, Date.now())
  if (applied.problems !== undefined) throw new Error(applied.problems[0]?.message)
  const importS = (performance.now() - importStart) / 1000
  const loadStart = performance.now()
  await using loaded = await LiveInventory.open(store)
  const loadMs = performance.now() - loadStart
  const ids = loaded.devices().map(({ record }) => record.id)
  const some = ids.filter((_, index) => index % 100 === 0)
  const coldUs = resolvedUs(loaded, some)
  const warmUs = resolvedUs(loaded, some)
  const changeMs = await changeOf(live, ids[0] ?? '')
  const changed = live.touchedBy([halfEdit(live)]).length
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  const [heapMb, residentMb] = [heapUsed / 2 ** 20, rss / 2 ** 20]
  return {
    engine: store.engine,
    importS,
    loadMs,
    coldUs,
    warmUs,
    changeMs,
    changed,
    heapMb,
    residentMb,
  }
}

/** From the call until the next resolution sees it: the median of five. */
async function changeOf(live: LiveInventory, id: string): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const edit = halfEdit(live, String(round))
    const start = performance.now()
    await live.apply({ who: 'bench', edits: [edit] }, Date.now())
    const device = live.device(id)?.record
    const resolved = device && live.resolve(device)
    if (resolved?.problem !== undefined || resolved?.values['changed'] !== String(round)) {
      throw new Error('The change is not seen')
    }
    times.push(performance.now() - start)
  }
  return times.toSorted((one, other) => one - other)[2] ?? Number.NaN
}

function halfEdit(live: LiveInventory, changed = 'x') {
  const before = live.classNamed(HALF_CLASS)?.record
  if (before === undefined) throw new Error(HALF_CLASS)
  const after = { ...before, values: { ...before.values, changed } }
  return { kind: 'class', key: HALF_CLASS, before, after } as const
}

const folder = await mkdtemp(join(tmpdir(), 'trivet-bench-'))
await using postgres = await startPostgres()
const url = await postgres.createDatabase('bench')
const results = [
  await measure(() => openStore({ stateFolder: folder })),
  await measure(() => openStore({ stateFolder: folder, url })),
]
await rm(folder, { recursive: true, force: true })
const rows = results.map((one) => [
  one.engine,
  `${one.importS.toFixed(1)} s`,
  `${one.loadMs.toFixed(0)} ms`,
  `${one.coldUs.toFixed(1)} µs`,
  `${one.warmUs.toFixed(2)} µs`,
  `${one.changeMs.toFixed(0)} ms`,
  String(one.changed),
  `${one.heapMb.toFixed(0)} MB`,
  `${one.residentMb.toFixed(0)} MB`,
])
const head = [
  'store',
  'import',
  'load',
  'resolve',
  'again',
  'class change',
  'of devices',
  'heap',
  'RSS',
]
console.log(`${DEVICES} devices, ${benchClasses().length} classes\n`)
console.log(table([head, ...rows]))
