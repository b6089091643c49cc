import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JournalEntry } from '../observe/journal.ts'
import { WalkFold } from '../observe/walk-fold.ts'
import { journalEntry } from '../testing/journal-entry.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { bootsInLog } from './boots-in-log.ts'

// Goal: a log at any level tells the same boots.

const entries = [
  journalEntry('/a', 'missing', { isExpected: true }),
  journalEntry('/b', 'missing', { atMs: 20, device: 'phone-1' }),
  journalEntry('/c', 'missing', { atMs: 40, isExpected: true, front: 'http', method: 'GET' }),
  journalEntry('/d', 'delivered', { atMs: 60, bytes: 7 }),
]

/** The lines of a log: entries that are loud enough, and the line of the walk. */
async function boots(isLoud: (entry: JournalEntry) => boolean) {
  const fold = new WalkFold()
  const lines = entries.flatMap((entry) => [
    ...(isLoud(entry) ? [entry] : []),
    ...fold.record(entry).map((boot) => ({ level: 30, boot })),
  ])
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'trivet.log')
  const old = '{"boot":{"missed":3}}\n{"boot":null}\nno json\n'
  await writeFile(file, old + lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return await bootsInLog(file)
}

test('bootsInLog has each request once, whether the log has expected misses or not', async () => {
  const [boot, ...others] = await boots(() => true)
  assert.deepEqual(others, [])
  assert.deepEqual([boot?.device, boot?.requestCount, boot?.expectedCount], ['phone-1', 4, 2])
  const [same] = await boots(({ isExpected }) => !isExpected)
  assert.deepEqual(
    same?.steps.map(({ durationMs: _taken, ...step }) => step),
    boot?.steps.map(({ durationMs: _taken, ...step }) => step),
  )
  assert.deepEqual(same?.search, { missedCount: 3, got: '/d' })
})
