import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Boot } from '../observe/fold-boots.ts'
import { administered } from '../testing/administered.ts'
import { JOURNAL_START_MS, journalEntry } from '../testing/journal-entry.ts'
import { JournalFeed } from './journal-feed.ts'

// Goal: who administers sees how devices found their files. Method: the journal is filled by hand;
// each answer is compared with the document.

function filled(keptMax = 1000): JournalFeed {
  const feed = new JournalFeed({ run: 'a1', keptMax })
  feed.take(journalEntry('/a', 'missing', { isExpected: true, address: '10.0.0.7' }))
  feed.take(journalEntry('/b', 'failed', { atMs: 5, address: '10.0.0.8', detail: 'why' }))
  feed.take(journalEntry('/c', 'delivered', { atMs: 10, address: '10.0.0.7', device: 'phone-1' }))
  return feed
}

async function boots(query: string, feed = filled()): Promise<readonly Boot[]> {
  const now = (): number => JOURNAL_START_MS + 3_600_000
  await using admin = await administered({ feed, now })
  const response = await admin.ask('GET', `boots${query}`)
  assert.equal(response.status, 200)
  return ((await response.json()) as { readonly items: readonly Boot[] }).items
}

test('GET /boots folds the latest requests, the latest boot first', async () => {
  const [failed, found, ...others] = await boots('')
  assert.deepEqual(others, [])
  assert.equal(failed?.client, '10.0.0.8')
  assert.equal(failed.steps[0]?.detail, 'why')
  assert.equal(found?.device, 'phone-1')
  assert.deepEqual(found.search, { missedCount: 1, got: '/c' })
  assert.equal(found.isOver, true)
  assert.equal(found.isCut, undefined)
})

test('GET /boots has those of one device or address, and so many', async () => {
  const clients = (found: readonly Boot[]) => found.map(({ client }) => client)
  assert.deepEqual(clients(await boots('?device=phone-1')), ['10.0.0.7'])
  assert.deepEqual(clients(await boots('?device=10.0.0.8')), ['10.0.0.8'])
  assert.deepEqual(clients(await boots('?device=phone-2')), [])
  assert.deepEqual(clients(await boots('?limit=1')), ['10.0.0.8'])
})

test('GET /boots says which may have begun before what is kept', async () => {
  const found = await boots('', filled(2))
  assert.deepEqual(
    found.map(({ client, isCut }) => [client, isCut]),
    [
      ['10.0.0.7', true],
      ['10.0.0.8', true],
    ],
  )
})
