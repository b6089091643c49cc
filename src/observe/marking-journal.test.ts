import assert from 'node:assert/strict'
import { test } from 'node:test'
import { journalEntry } from '../testing/journal-entry.ts'
import type { JournalEntry } from './journal.ts'
import { markingJournal } from './marking-journal.ts'

test('markingJournal marks expected names that are not there, and nothing else', () => {
  const taken: JournalEntry[] = []
  const journal = markingJournal({ record: (one) => taken.push(one) }, (path) => path === '/a')
  journal.record(journalEntry('/a', 'missing'))
  journal.record(journalEntry('/a', 'delivered'))
  journal.record(journalEntry('/b', 'missing'))
  assert.deepEqual(
    taken.map(({ isExpected }) => isExpected),
    [true, undefined, undefined],
  )
})
