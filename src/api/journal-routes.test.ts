import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JournalEntry } from '../observe/journal.ts'
import { administered } from '../testing/administered.ts'
import { JournalFeed } from './journal-feed.ts'

// Goal: who watches has every entry once, and hears of those that it has not. Method: the stream is
// read as a browser would.

const ENTRY = { id: 'r-1', path: '/a', outcome: 'delivered' } as unknown as JournalEntry

/** Reads until the text so far has what is wanted. */
async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  wanted: RegExp,
): Promise<string> {
  let text = ''
  while (!wanted.test(text)) {
    const { value, done } = await reader.read()
    if (done) assert.fail(`the stream ended with ${text}`)
    text += new TextDecoder().decode(value)
  }
  return text
}

function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  return response.body?.getReader() ?? assert.fail('no body')
}

test('the journal stream has entries as they come, each with an id', async () => {
  await using admin = await administered()
  const response = await admin.ask('GET', 'journal/stream')
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  const reader = readerOf(response)
  await readUntil(reader, /: watching\n\n/)
  admin.feed.take(ENTRY)
  const text = await readUntil(reader, /\n\n/)
  assert.match(text, /^event: request\n/)
  assert.match(text, /\nid: a1-1\n/)
  assert.match(text, /data: \{"id":"r-1","path":"\/a","outcome":"delivered"\}\n/)
  await reader.cancel()
})

test('the journal stream goes on behind Last-Event-ID', async () => {
  await using admin = await administered()
  for (const path of ['/a', '/b', '/c']) admin.feed.take({ ...ENTRY, path })
  const resumed = async (id: string): Promise<string[]> => {
    const headers = { 'last-event-id': id }
    const reader = readerOf(await admin.ask('GET', 'journal/stream', { headers }))
    const text = await readUntil(reader, /"\/c"[^]*\n\n/)
    await reader.cancel()
    return [...text.matchAll(/"path":"(\/\w)"/g)].map(([, path = '']) => path)
  }
  assert.deepEqual(await resumed('a1-2'), ['/c'])
  // Of another run of the server: all that there is.
  assert.deepEqual(await resumed('b2-2'), ['/a', '/b', '/c'])
})

test('the journal stream ends with the server, and who left takes no place', async () => {
  const feed = new JournalFeed({ run: 'a1', subscribersMax: 2 })
  await using admin = await administered({ feed })
  const left = readerOf(await admin.ask('GET', 'journal/stream'))
  await readUntil(left, /watching/)
  const reader = readerOf(await admin.ask('GET', 'journal/stream'))
  await readUntil(reader, /watching/)
  await left.cancel()
  assert.equal((await admin.ask('HEAD', 'journal/stream')).status, 200)
  await readUntil(readerOf(await admin.ask('GET', 'journal/stream')), /watching/)
  assert.equal((await admin.ask('GET', 'journal/stream')).status, 503)
  admin.feed.close()
  let isDone = false
  while (!isDone) isDone = (await reader.read()).done
})
