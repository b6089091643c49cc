import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JOURNAL_START_MS, journalEntry as entry } from '../testing/journal-entry.ts'
import type { RequestOutcome } from './journal.ts'
import { describeWalk, type Walk, WalkFold } from './walk-fold.ts'

// Goal: a device that walks a list of names is told of in one line. Method: entries with times of
// their own, no clock.

function walked(fold: WalkFold, names: readonly string[], last: RequestOutcome): Walk | undefined {
  for (const name of names.slice(0, -1)) assert.deepEqual(fold.record(entry(name, 'missing')), [])
  return fold.record(entry(names.at(-1) ?? '', last))[0]
}

function textsOf(walks: readonly Walk[]): string[] {
  return walks.map(describeWalk)
}

test('WalkFold tells of nine names in vain and the tenth', () => {
  const names = Array.from({ length: 10 }, (_, index) => `/pxelinux.cfg/${index}`)
  const walk = walked(new WalkFold(), names, 'delivered') ?? assert.fail()
  assert.deepEqual(
    walk.missed.map(({ path }) => path),
    names.slice(0, 9),
  )
  assert.equal(describeWalk(walk), '10.0.0.7: asked 9 names, got the 10th: /pxelinux.cfg/9')
})

test('WalkFold says of each name when it was asked, and whether that was expected', () => {
  const fold = new WalkFold()
  fold.record(entry('/a', 'missing', { isExpected: true }))
  fold.record(entry('/b', 'missing', { atMs: 60, front: 'http', method: 'GET' }))
  const [walk] = fold.record(entry('/c', 'delivered', { atMs: 100, durationMs: 20 }))
  assert.deepEqual(walk, {
    at: '2026-01-01T00:00:00.000Z',
    client: '10.0.0.7',
    missed: [
      { path: '/a', front: 'tftp', afterMs: 0, isExpected: true },
      { path: '/b', front: 'http', afterMs: 60 },
    ],
    missedCount: 2,
    got: '/c',
    durationMs: 120,
  })
})

test('WalkFold counts a name that is asked again once, and a probe as had', () => {
  const walk = walked(new WalkFold(), ['/a', '/a', '/b', '/b', '/c'], 'probe')
  assert.equal(walk?.missedCount, 2)
  assert.equal(walk.got, '/c')
})

test('WalkFold says nothing of a single miss, nor of uploads and failures', () => {
  const fold = new WalkFold()
  assert.equal(walked(fold, ['/a', '/b'], 'delivered'), undefined)
  fold.record(entry('/a', 'missing'))
  fold.record(entry('/b', 'missing'))
  assert.deepEqual(fold.record(entry('/log', 'delivered', { method: 'WRQ' })), [])
  assert.deepEqual(fold.record(entry('/c', 'failed')), [])
  assert.equal(fold.record(entry('/d', 'delivered'))[0]?.missedCount, 2)
})

test('WalkFold names a device that only some of its names tell', () => {
  const fold = new WalkFold()
  const device = 'phone-1'
  fold.record(entry('/y000.boot', 'missing'))
  fold.record(entry('/mac.boot', 'missing', { device }))
  fold.record(entry('/common.cfg', 'missing'))
  assert.deepEqual(textsOf(fold.record(entry('/mac.cfg', 'delivered', { device }))), [
    '10.0.0.7 (phone-1): asked 3 names, got the 4th: /mac.cfg',
  ])
})

test('WalkFold ends a walk after 30 s of silence', () => {
  const fold = new WalkFold()
  fold.record(entry('/a', 'missing'))
  fold.record(entry('/b', 'missing', { atMs: 1000 }))
  assert.deepEqual(fold.sweep(JOURNAL_START_MS + 31_000), [])
  assert.deepEqual(textsOf(fold.sweep(JOURNAL_START_MS + 31_001)), [
    '10.0.0.7: asked 2 names, got none of them',
  ])
  assert.equal(fold.openCount, 0)
})

test('WalkFold tells of a walk that ended even when its client is back first', () => {
  const fold = new WalkFold()
  fold.record(entry('/a', 'missing'))
  fold.record(entry('/b', 'missing'))
  assert.deepEqual(textsOf(fold.record(entry('/c', 'delivered', { atMs: 40_000 }))), [
    '10.0.0.7: asked 2 names, got none of them',
  ])
})

test('WalkFold remembers no more than 10,000 devices and 64 names of each', () => {
  const fold = new WalkFold()
  for (let number = 0; number < 10_100; number += 1) {
    fold.record(entry('/a', 'missing', { address: `host-${number}` }))
  }
  assert.equal(fold.openCount, 10_000)
  for (let number = 0; number < 100; number += 1) fold.record(entry(`/${number}`, 'missing'))
  const [walk] = fold.record(entry('/c', 'delivered'))
  assert.deepEqual([walk?.missedCount, walk?.missed.length], [100, 64])
})

test('WalkFold tells the same of each device, however the requests of several mix', () => {
  const step = fc.tuple(
    fc.constantFrom('a', 'b', 'c'),
    fc.integer({ min: 0, max: 5 }),
    fc.boolean(),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const told = (fold: WalkFold, mine: typeof steps): readonly Walk[] =>
        mine.flatMap(([address, name, isThere]) =>
          fold.record(entry(`/${name}`, isThere ? 'delivered' : 'missing', { address })),
        )
      const mixed = told(new WalkFold(), steps)
      for (const address of ['a', 'b', 'c']) {
        const alone = told(
          new WalkFold(),
          steps.filter(([one]) => one === address),
        )
        assert.deepEqual(
          mixed.filter(({ client }) => client === address),
          alone,
        )
      }
    }),
  )
})
