import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Boot, BootFold, describeBoot } from './boot-fold.ts'
import type { JournalEntry, RequestOutcome } from './journal.ts'

// Goal: a device that walks a list of names is told of in one line. Method: entries with times of
// their own, no clock.

const START = Date.parse('2026-01-01T00:00:00.000Z')

function entry(
  path: string,
  outcome: RequestOutcome,
  {
    atMs = 0,
    address = '10.0.0.7',
    ...rest
  }: Partial<JournalEntry> & { atMs?: number; address?: string } = {},
): JournalEntry {
  return {
    id: 'x',
    at: new Date(START + atMs).toISOString(),
    front: 'tftp',
    method: 'RRQ',
    client: { address, port: 1 },
    local: { address: '10.0.0.1', port: 69 },
    path,
    bytes: 0,
    durationMs: 1,
    outcome,
    ...rest,
  }
}

function walked(fold: BootFold, names: readonly string[], last: RequestOutcome): Boot | undefined {
  for (const name of names.slice(0, -1))
    assert.equal(fold.record(entry(name, 'missing')), undefined)
  return fold.record(entry(names.at(-1) ?? '', last))
}

test('BootFold tells of nine names in vain and the tenth', () => {
  const names = Array.from({ length: 10 }, (_, index) => `/pxelinux.cfg/${index}`)
  const boot = walked(new BootFold(), names, 'delivered')
  assert.deepEqual(boot?.missed, names.slice(0, 9))
  assert.equal(boot && describeBoot(boot), '10.0.0.7: asked 9 names, got the 10th: /pxelinux.cfg/9')
})

test('BootFold counts a name that is asked again once, and a probe as had', () => {
  const boot = walked(new BootFold(), ['/a', '/a', '/b', '/b', '/c'], 'probe')
  assert.equal(boot?.missedCount, 2)
  assert.equal(boot.got, '/c')
})

test('BootFold says nothing of a single miss, nor of uploads and failures', () => {
  const fold = new BootFold()
  assert.equal(walked(fold, ['/a', '/b'], 'delivered'), undefined)
  fold.record(entry('/a', 'missing'))
  fold.record(entry('/b', 'missing'))
  assert.equal(fold.record(entry('/log', 'delivered', { method: 'WRQ' })), undefined)
  assert.equal(fold.record(entry('/c', 'failed')), undefined)
  assert.equal(fold.record(entry('/d', 'delivered'))?.missedCount, 2)
})

test('BootFold names a device that becomes known on the way', () => {
  const fold = new BootFold()
  fold.record(entry('/a', 'missing'))
  fold.record(entry('/b', 'missing', { device: 'phone-1' }))
  const boot = fold.record(entry('/c', 'delivered', { device: 'phone-1' }))
  assert.equal(boot && describeBoot(boot), '10.0.0.7 (phone-1): asked 2 names, got the 3rd: /c')
})

test('BootFold ends a walk after 30 s of silence', () => {
  const fold = new BootFold()
  fold.record(entry('/a', 'missing'))
  fold.record(entry('/b', 'missing', { atMs: 1000 }))
  assert.deepEqual(fold.sweep(START + 31_000), [])
  const [boot] = fold.sweep(START + 31_001)
  assert.equal(boot && describeBoot(boot), '10.0.0.7: asked 2 names, got none of them')
  assert.equal(fold.openCount, 0)
  fold.record(entry('/a', 'missing'))
  fold.record(entry('/b', 'missing'))
  assert.equal(fold.record(entry('/c', 'delivered', { atMs: 40_000 })), undefined)
})

test('BootFold remembers no more than 10,000 devices and 64 names of each', () => {
  const fold = new BootFold()
  for (let number = 0; number < 10_100; number += 1) {
    fold.record(entry('/a', 'missing', { address: `host-${number}` }))
  }
  assert.equal(fold.openCount, 10_000)
  for (let number = 0; number < 100; number += 1) fold.record(entry(`/${number}`, 'missing'))
  const boot = fold.record(entry('/c', 'delivered'))
  assert.deepEqual([boot?.missedCount, boot?.missed.length], [100, 64])
})

test('BootFold tells the same of each device, however the requests of several mix', () => {
  const step = fc.tuple(
    fc.constantFrom('a', 'b', 'c'),
    fc.integer({ min: 0, max: 5 }),
    fc.boolean(),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const told = (fold: BootFold, mine: typeof steps): Boot[] =>
        mine.flatMap(([address, name, isThere]) => {
          return (
            fold.record(entry(`/${name}`, isThere ? 'delivered' : 'missing', { address })) ?? []
          )
        })
      const mixed = told(new BootFold(), steps)
      for (const address of ['a', 'b', 'c']) {
        const alone = told(
          new BootFold(),
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
