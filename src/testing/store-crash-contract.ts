import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { RevisionWithEdits } from '../store/store.ts'
import type { Claim } from './store-contract.ts'
import type { StoreBench } from './store-bench.ts'

const WRITER = fileURLToPath(new URL('./revision-writer.ts', import.meta.url))
const WRITERS = ['left', 'right']

/**
 * What must survive when processes die. Two at a time write to one database and are killed, each
 * round after another number of revisions.
 */
export function storeCrashContract(claim: Claim, rounds: number): void {
  claim('loses no revision and keeps no half one when writers are killed', async (bench) => {
    let last = 0
    for (let round = 0; round < rounds; round += 1) {
      const made = await killWriters(bench, { after: 3 + ((round * 7) % 12) })
      last = await checkAfterwards(bench, { acknowledged: Math.max(last, ...made) })
    }
    assert.ok(last >= rounds * 3)
  })
}

/** @returns The numbers of revisions that the writers were told of. */
async function killWriters(bench: StoreBench, { after }: { after: number }): Promise<number[]> {
  const made: number[] = []
  const writers = WRITERS.map((name) => startWriter(bench, [name, '2000']))
  const { promise, resolve } = Promise.withResolvers<void>()
  const ends = writers.map(async (writer) => {
    for await (const line of linesOf(writer)) {
      made.push(Number(line.split(' ')[0]))
      if (made.length >= after) resolve()
    }
    resolve()
  })
  await promise
  for (const writer of writers) writer.kill('SIGKILL')
  await Promise.all(ends)
  assert.ok(made.length >= after, 'A writer ended by itself')
  return made
}

function startWriter(bench: StoreBench, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [WRITER, JSON.stringify(bench.openOptions), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** What a process prints until it ends. */
export async function* linesOf(writer: ChildProcess): AsyncGenerator<string> {
  if (writer.stdout === null) return
  const ended = once(writer, 'close')
  yield* createInterface({ input: writer.stdout })
  await ended
}

/** @returns The latest revision, after one more was made. */
export async function checkAfterwards(
  bench: StoreBench,
  { acknowledged }: { acknowledged: number },
): Promise<number> {
  await using store = await bench.open()
  const { revision, devices } = await store.load()
  assert.ok(revision >= acknowledged, `Revision ${acknowledged} is lost: the last is ${revision}`)
  const revisions = await store.changesAfter(0)
  assert.deepEqual(
    revisions.map(({ number }) => number),
    Array.from({ length: revision }, (_, index) => index + 1),
  )
  for (const each of revisions) assertWhole(each)
  for (const { record, revision: number } of devices) {
    const twins = devices.filter((device) => device.revision === number)
    assert.equal(twins.length, 2)
    assert.ok(twins.every((twin) => twin.record.values['count'] === record.values['count']))
  }
  return revision
}

function assertWhole({ number, edits, editCount }: RevisionWithEdits): void {
  const counts = edits.map(({ after }) => after?.values['count'])
  assert.equal(edits.length, 2, `Revision ${number} is half there`)
  assert.equal(editCount, 2)
  assert.equal(counts[0], counts[1])
}
