import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JOURNAL_START_MS, journalEntry as entry } from '../testing/journal-entry.ts'
import { type Boot, describeBoot, foldBoots } from './fold-boots.ts'
import type { JournalEntry, RequestOutcome } from './journal.ts'

// Goal: what a device did, from its first request until it was silent, as one. Method: entries with
// times of their own; then any entries in any order.

function folded(entries: readonly JournalEntry[], nowMs = 3_600_000): readonly Boot[] {
  return foldBoots(entries, { nowMs: JOURNAL_START_MS + nowMs })
}

const phone = [
  entry('/mac.boot', 'missing', { isExpected: true, device: 'phone-1' }),
  entry('/common.boot', 'missing', { atMs: 60 }),
  entry('/common.boot', 'missing', { atMs: 70 }),
  entry('/mac.cfg', 'delivered', { atMs: 120, bytes: 500, durationMs: 14, repeats: 2 }),
  entry('/firmware', 'timed-out', { atMs: 200, durationMs: 90_000, detail: 'no ACK' }),
  entry('/dialplan.xml', 'missing', { atMs: 300 }),
  entry('/ring.wav', 'answered', { atMs: 400, front: 'http', method: 'HEAD' }),
]

test('foldBoots tells what a device asked for, in order, and what became of it', () => {
  const [boot, ...others] = folded(phone)
  assert.deepEqual(others, [])
  const { steps = [], ...rest } = boot ?? {}
  assert.deepEqual(rest, {
    at: '2026-01-01T00:00:00.000Z',
    client: '10.0.0.7',
    device: 'phone-1',
    durationMs: 90_200,
    isOver: true,
    requestCount: 7,
    missedCount: 3,
    expectedCount: 1,
    gotCount: 2,
    troubleCount: 1,
    repeats: 2,
    bytes: 500,
    search: { missedCount: 2, got: '/mac.cfg' },
    endedWith: 'answered',
    requestsLeft: 0,
  })
  assert.deepEqual(
    steps.map(({ path, outcome, afterMs, times }) => [path, outcome, afterMs, times]),
    [
      ['/mac.boot', 'missing', 0, undefined],
      ['/common.boot', 'missing', 60, 2],
      ['/mac.cfg', 'delivered', 120, undefined],
      ['/firmware', 'timed-out', 200, undefined],
      ['/dialplan.xml', 'missing', 300, undefined],
      ['/ring.wav', 'answered', 400, undefined],
    ],
  )
  assert.equal(
    boot && describeBoot(boot),
    '10.0.0.7 (phone-1): asked 2 names, got the 3rd: /mac.cfg, 2 files in all; 1 of 7 requests failed',
  )
})

test('foldBoots begins another boot after 30 s of silence, not during a long transfer', () => {
  const long = entry('/firmware', 'delivered', { durationMs: 600_000 })
  const within = entry('/a', 'delivered', { atMs: 300_000 })
  const after = entry('/b', 'delivered', { atMs: 629_999 })
  const later = entry('/c', 'delivered', { atMs: 660_000 })
  const counts = folded([within, long, after, later]).map(({ requestCount }) => requestCount)
  assert.deepEqual(counts, [1, 3])
})

test('foldBoots says which boots may go on, and which may have begun earlier', () => {
  const entries = [entry('/a', 'delivered'), entry('/b', 'delivered', { atMs: 60_000 })]
  const nowMs = JOURNAL_START_MS + 90_000
  const [latest, first] = foldBoots(entries, { nowMs, sinceMs: JOURNAL_START_MS })
  assert.deepEqual([latest?.isOver, latest?.isCut], [false, undefined])
  assert.deepEqual([first?.isOver, first?.isCut], [true, true])
})

test('foldBoots keeps 64 steps of a boot and counts the rest', () => {
  const entries = Array.from({ length: 100 }, (_, index) =>
    entry(`/${index}`, 'missing', { atMs: index }),
  )
  const [boot] = folded(entries)
  assert.deepEqual([boot?.steps.length, boot?.requestsLeft], [64, 36])
  assert.deepEqual([boot?.requestCount, boot?.missedCount], [100, 100])
})

test('describeBoot says when nothing was missed, and when nothing was found', () => {
  const texts = (entries: readonly JournalEntry[]) => folded(entries).map(describeBoot)
  assert.deepEqual(texts([entry('/a', 'delivered')]), ['10.0.0.7: got 1 file'])
  assert.deepEqual(texts([entry('/a', 'missing')]), ['10.0.0.7: asked 1 name, got none of them'])
  assert.deepEqual(texts([entry('/a', 'failed')]), [
    '10.0.0.7: got 0 files; 1 of 1 requests failed',
  ])
})

const outcomes: readonly RequestOutcome[] = ['missing', 'delivered', 'probe', 'failed']

/** Entries of three addresses and two devices, that differ in their ids. */
const anyEntries = fc
  .array(
    fc.record({
      address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
      device: fc.constantFrom(undefined, 'a', 'b'),
      atMs: fc.integer({ min: 0, max: 40 }).map((step) => step * 5000),
      durationMs: fc.integer({ min: 0, max: 50_000 }),
      outcome: fc.constantFrom(...outcomes),
    }),
    { maxLength: 60 },
  )
  .map((made) =>
    made.map(({ outcome, device, ...rest }, index) =>
      entry(`/${index}`, outcome, { ...rest, ...(device === undefined ? {} : { device }) }),
    ),
  )

test('foldBoots has every entry in exactly one boot', () => {
  fc.assert(
    fc.property(anyEntries, (entries) => {
      const steps = folded(entries).flatMap((boot) => boot.steps.map(({ path }) => path))
      assert.deepEqual(steps.toSorted(), entries.map(({ path }) => path).toSorted())
    }),
  )
})

test('foldBoots tells the same in whatever order the entries come', () => {
  const alike = anyEntries.map((entries) =>
    entries.map((one, index) => ({ ...one, path: `/${index % 2}` })),
  )
  const shuffled = alike.chain((entries) =>
    fc.tuple(
      fc.constant(entries),
      fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }),
    ),
  )
  fc.assert(
    fc.property(shuffled, ([entries, mixed]) => {
      assert.deepEqual(folded(mixed), folded(entries))
    }),
    { numRuns: 500 },
  )
})

test('foldBoots tells of each client what it tells of it alone', () => {
  const unnamed = anyEntries.map((entries) => entries.map(({ device: _device, ...rest }) => rest))
  fc.assert(
    fc.property(unnamed, (entries) => {
      const all = folded(entries)
      for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) {
        const alone = folded(entries.filter(({ client }) => client.address === address))
        assert.deepEqual(
          all.filter(({ client }) => client === address),
          alone,
        )
      }
    }),
  )
})

test('foldBoots lets no client be silent within a boot for long', () => {
  fc.assert(
    fc.property(anyEntries, (entries) => {
      for (const { steps } of folded(entries)) {
        let endMs = 0
        for (const { afterMs, durationMs } of steps) {
          assert.ok(afterMs - endMs < 30_000)
          endMs = Math.max(endMs, afterMs + durationMs)
        }
      }
    }),
  )
})
