import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JournalEntry } from './journal.ts'
import { LateList } from './late-list.ts'

function entry(change: Partial<JournalEntry>): JournalEntry {
  return {
    id: '1',
    at: '2026-01-01T00:00:00.000Z',
    front: 'tftp',
    method: 'RRQ',
    client: { address: '10.0.0.7', port: 1 },
    local: { address: '10.0.0.1', port: 69 },
    path: '/file',
    route: 'slow',
    bytes: 1,
    durationMs: 1,
    outcome: 'delivered',
    ...change,
  }
}

const busybox = { profile: 'busybox', clientLimitMs: 12_900 }

test('LateList lists routes within a second of their limit, and no others', () => {
  const list = new LateList()
  assert.equal(list.record(entry({ ...busybox, firstByteMs: 11_900 })), false)
  assert.equal(list.record(entry({ firstByteMs: 99_000 })), false)
  assert.deepEqual(list.routes, [])
  assert.equal(list.record(entry({ ...busybox, firstByteMs: 11_901, generationMs: 11_890 })), true)
  assert.deepEqual(list.routes, [
    {
      route: 'slow',
      count: 1,
      lateCount: 0,
      marginMs: 999,
      ...busybox,
      generationMs: 11_890,
      path: '/file',
    },
  ])
})

test('LateList keeps the worst of each route, the worst route first', () => {
  const list = new LateList()
  const lwip = { profile: 'u-boot-lwip', clientLimitMs: 6000 }
  assert.equal(list.record(entry({ ...busybox, firstByteMs: 12_800, path: '/a' })), true)
  assert.equal(list.record(entry({ ...lwip, durationMs: 36_000, path: '/b' })), false)
  assert.equal(list.record(entry({ ...busybox, firstByteMs: 12_100, path: '/c' })), false)
  list.record(entry({ ...busybox, route: 'other', firstByteMs: 12_000 }))
  assert.deepEqual(
    list.routes.map(({ route, count, lateCount, marginMs, profile, path }) => {
      return { route, count, lateCount, marginMs, profile, path }
    }),
    [
      {
        route: 'slow',
        count: 3,
        lateCount: 1,
        marginMs: -30_000,
        profile: 'u-boot-lwip',
        path: '/b',
      },
      {
        route: 'other',
        count: 1,
        lateCount: 0,
        marginMs: 900,
        profile: 'busybox',
        path: '/file',
      },
    ],
  )
})

test('LateList lists what came too late, whoever asked', () => {
  const list = new LateList()
  list.record(entry({ late: true, generationMs: 40_000 }))
  assert.deepEqual(
    list.routes.map(({ lateCount, marginMs, generationMs }) => [lateCount, marginMs, generationMs]),
    [[1, undefined, 40_000]],
  )
})
