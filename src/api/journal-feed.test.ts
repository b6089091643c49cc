import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JournalEntry } from '../observe/journal.ts'
import { JournalFeed } from './journal-feed.ts'

function entry(path: string): JournalEntry {
  return {
    id: path,
    at: '2026-01-01T00:00:00.000Z',
    front: 'tftp',
    method: 'RRQ',
    client: { address: '10.0.0.7', port: 1 },
    local: { address: '10.0.0.1', port: 69 },
    path,
    bytes: 1,
    durationMs: 1,
    outcome: 'delivered',
  }
}

function taken(feed: JournalFeed, count: number): void {
  for (let index = 1; index <= count; index += 1) feed.take(entry(`/${index}`))
}

function pathsOf(entries: readonly { readonly entry: JournalEntry }[]): string[] {
  return entries.map(({ entry: { path } }) => path)
}

test('JournalFeed keeps the latest, the newest first', () => {
  const feed = new JournalFeed({ run: 'a', keptMax: 3 })
  taken(feed, 5)
  assert.deepEqual(pathsOf(feed.latest(10)), ['/5', '/4', '/3'])
  assert.deepEqual(pathsOf(feed.latest(1)), ['/5'])
})

test('JournalFeed loses the oldest of a slow subscriber and counts them', () => {
  const feed = new JournalFeed({ run: 'a', waitingMax: 2 })
  const subscription = feed.subscribe()
  taken(feed, 5)
  const { entries, lostCount } = subscription?.drain() ?? assert.fail()
  assert.deepEqual([pathsOf(entries), lostCount], [['/4', '/5'], 3])
  assert.deepEqual(subscription?.drain(), { entries: [], lostCount: 0 })
})

test('JournalFeed goes on behind an entry, and says what is gone', () => {
  const feed = new JournalFeed({ run: 'a', keptMax: 3 })
  taken(feed, 6)
  const drained = (after: number) => feed.subscribe(after)?.drain() ?? assert.fail()
  assert.deepEqual(pathsOf(drained(5).entries), ['/6'])
  assert.equal(drained(5).lostCount, 0)
  assert.deepEqual(pathsOf(drained(1).entries), ['/4', '/5', '/6'])
  assert.equal(drained(1).lostCount, 2)
  assert.deepEqual(drained(6), { entries: [], lostCount: 0 })
})

test('JournalFeed lets no more than so many watch, and others when one leaves', () => {
  const feed = new JournalFeed({ run: 'a', subscribersMax: 1 })
  const first = feed.subscribe()
  assert.equal(feed.subscribe(), undefined)
  first?.close()
  assert.ok(feed.subscribe())
})

test('JournalSubscription wakes for an entry and when it is closed', async () => {
  const feed = new JournalFeed({ run: 'a' })
  const subscription = feed.subscribe() ?? assert.fail()
  const waiting = subscription.wait(60_000)
  feed.take(entry('/1'))
  await waiting
  assert.deepEqual(pathsOf(subscription.drain().entries), ['/1'])
  const closing = subscription.wait(60_000)
  feed.close()
  await closing
  assert.equal(subscription.isClosed, true)
})
