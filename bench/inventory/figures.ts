import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import type { Device } from '../../src/inventory/model.ts'
import { LiveInventory } from '../../src/store/live-inventory.ts'
import { type OpenStoreOptions, openStore } from '../../src/store/open-store.ts'
import type { Edit } from '../../src/store/store.ts'
import { formatInventory } from '../../src/store/text/format-inventory.ts'
import { parseInventory } from '../../src/store/text/parse-inventory.ts'
import { median } from '../measure.ts'
import { additionsOf, benchInventory, HALF_CLASS } from './tree.ts'

/** Changes that are timed: the median of them counts. */
const CHANGES = 21

/** What a process measured, by name; times in ms, memory in bytes. */
export type Figures = Readonly<Record<string, number>>

/** Reads all of it as a YAML file, without a store. */
export async function readText(deviceCount: number): Promise<Figures> {
  const text = formatInventory(benchInventory(deviceCount))
  const start = performance.now()
  const { records } = parseInventory(text, 'bench.yaml')
  if (records?.devices.length !== deviceCount) throw new Error('The text is not read')
  return { textMs: performance.now() - start, textBytes: text.length }
}

/** Puts all of it into an empty store, as one revision. */
export async function importAll(options: OpenStoreOptions, deviceCount: number): Promise<Figures> {
  await using store = await openStore(options)
  await using live = await LiveInventory.open(store)
  const edits = additionsOf(benchInventory(deviceCount))
  const start = performance.now()
  await apply(live, edits)
  return { importMs: performance.now() - start }
}

/** Opens what is there, as a server does, and asks and changes it. */
export async function serve(options: OpenStoreOptions): Promise<Figures> {
  const before = memory()
  await using store = await openStore(options)
  const loadStart = performance.now()
  await using live = await LiveInventory.open(store)
  const loadMs = performance.now() - loadStart
  const loaded = memory()
  const devices = live.devices().map(({ record }) => record)
  const resolving = await timeResolving(live, devices)
  const changing = await timeChanges(live, devices)
  const used = memory()
  const followMs = await timeFollowing(options, live)
  return {
    loadMs,
    ...resolving,
    ...changing,
    followMs,
    heapBytes: used.heapUsed - before.heapUsed,
    loadedResidentBytes: loaded.rss,
    residentBytes: used.rss,
  }
}

/** The first device of each list of classes, when nothing is merged yet; then others; then all. */
async function timeResolving(live: LiveInventory, devices: readonly Device[]): Promise<Figures> {
  const firstOf = new Map(devices.toReversed().map((device) => [device.classes.join('/'), device]))
  const firsts = [...firstOf.values()]
  // Compiles the code, and then forgets all that was merged.
  for (let round = 0; round < 30; round += 1) {
    for (const device of firsts) live.resolve(device)
    await apply(live, [changeOf(live, 'base', `warm ${round}`)])
  }
  const firstMs: number[] = []
  for (let round = 0; round < CHANGES; round += 1) {
    await apply(live, [changeOf(live, 'base', String(round))])
    firstMs.push(timePerDevice(live, firsts))
  }
  const macs = devices.flatMap(({ macs: [mac] }) => mac ?? [])
  return {
    firstMs: median(firstMs),
    othersMs: timePerDevice(live, devices),
    againMs: timePerDevice(live, devices),
    findMs: timePer(macs, (mac) => live.find({ mac })),
    stampMs: timePer(devices, ({ id }) => live.stampOf(id)),
  }
}

/** From the call until the next resolution sees it, of a class that half of all devices inherit. */
async function timeChanges(live: LiveInventory, devices: readonly Device[]): Promise<Figures> {
  const heir = devices.find((device) => live.isOfClass(device, HALF_CLASS))
  if (heir === undefined) throw new Error(HALF_CLASS)
  const changeMs: number[] = []
  for (let round = 0; round < CHANGES; round += 1) {
    const edit = changeOf(live, HALF_CLASS, String(round))
    const stamp = live.stampOf(heir.id)
    const start = performance.now()
    await apply(live, [edit])
    const { values } = resolved(live, heir)
    const isSeen = values['changed'] === String(round) && live.stampOf(heir.id) !== stamp
    changeMs.push(performance.now() - start)
    if (!isSeen) throw new Error('The change is not seen')
  }
  const changed = live.touchedBy([changeOf(live, HALF_CLASS, 'x')]).length
  return { changeMs: median(changeMs), worstChangeMs: Math.max(...changeMs), changed }
}

/** From the end of another server's change until this one has it. */
async function timeFollowing(options: OpenStoreOptions, live: LiveInventory): Promise<number> {
  await using store = await openStore(options)
  await using other = await LiveInventory.open(store)
  const followMs: number[] = []
  for (let round = 0; round < 5; round += 1) {
    await apply(other, [changeOf(other, HALF_CLASS, `other ${round}`)])
    const start = performance.now()
    // Asked every millisecond: a server that only listens keeps no process alive.
    while (live.revision < other.revision) await setTimeout(1)
    followMs.push(performance.now() - start)
  }
  return median(followMs)
}

async function apply(live: LiveInventory, edits: readonly Edit[]): Promise<void> {
  const { problems } = await live.apply({ who: 'bench', edits }, Date.now())
  if (problems !== undefined) throw new Error(problems[0]?.message)
}

function changeOf(live: LiveInventory, name: string, changed: string): Edit {
  const before = live.classNamed(name)?.record
  if (before === undefined) throw new Error(name)
  const after = { ...before, values: { ...before.values, changed } }
  return { kind: 'class', key: name, before, after }
}

function timePerDevice(live: LiveInventory, devices: readonly Device[]): number {
  return timePer(devices, (device) => resolved(live, device))
}

function timePer<T>(all: readonly T[], work: (one: T) => unknown): number {
  const start = performance.now()
  for (const one of all) if (work(one) === undefined) throw new Error('Nothing is found')
  return (performance.now() - start) / all.length
}

function resolved(live: LiveInventory, device: Device) {
  const found = live.resolve(device)
  if (found.problem !== undefined) throw new Error(found.problem.message)
  return found
}

function memory(): NodeJS.MemoryUsage {
  globalThis.gc?.()
  return process.memoryUsage()
}
