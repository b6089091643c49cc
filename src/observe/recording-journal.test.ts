import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import type { JournalEntry } from './journal.ts'
import type { Log } from './log.ts'
import { RecordingJournal, summaryOf } from './recording-journal.ts'

function entry(change: Partial<JournalEntry> = {}): JournalEntry {
  return {
    id: 'a-1',
    at: '2026-01-01T00:00:00.000Z',
    front: 'tftp',
    method: 'RRQ',
    client: { address: '10.0.0.7', port: 1069 },
    local: { address: '10.0.0.1', port: 69 },
    path: '/a.cfg',
    bytes: 0,
    durationMs: 12.5,
    outcome: 'delivered',
    ...change,
  }
}

function logLines(): { lines: { level: number; msg: string }[]; log: Log } {
  const lines: { level: number; msg: string }[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line)) })
  return { lines, log }
}

test('RecordingJournal writes one line per request, as loud as its outcome', () => {
  const { lines, log } = logLines()
  const journal = new RecordingJournal({ log })
  journal.record(entry())
  journal.record(entry({ outcome: 'missing' }))
  journal.record(entry({ outcome: 'probe' }))
  journal.record(entry({ outcome: 'failed' }))
  assert.deepEqual(
    lines.map(({ level }) => level),
    [30, 30, 30, 50],
  )
})

test('RecordingJournal is quiet about misses that are expected, and tells of the walk once', () => {
  const { lines, log } = logLines()
  const journal = new RecordingJournal({ log })
  for (const path of ['/a', '/b']) {
    journal.record(entry({ path, outcome: 'missing', isExpected: true }))
  }
  journal.record(entry({ path: '/c' }))
  journal.record(entry({ path: '/d' }))
  assert.deepEqual(
    lines.map(({ level }) => level),
    [20, 20, 30, 30, 30],
  )
  assert.equal(lines[3]?.msg, '10.0.0.7: asked 2 names, got the 3rd: /c')
})

test('RecordingJournal keeps the latest entries in order', () => {
  const { log } = logLines()
  const journal = new RecordingJournal({ log, entriesMax: 3 })
  for (const id of ['1', '2', '3', '4', '5']) journal.record(entry({ id }))
  assert.deepEqual(
    journal.entries().map(({ id }) => id),
    ['3', '4', '5'],
  )
})

test('summaryOf says who asked what and how it ended', () => {
  assert.equal(
    summaryOf(entry({ bytes: 22 })),
    'RRQ /a.cfg from 10.0.0.7 delivered, 22 bytes in 12.5 ms',
  )
  assert.equal(
    summaryOf(entry({ outcome: 'failed', detail: 'script x exited with status 1' })),
    'RRQ /a.cfg from 10.0.0.7 failed in 12.5 ms: script x exited with status 1',
  )
})
