import type { Journal } from './journal.ts'

/** A journal that gets misses marked that devices provoke on purpose. */
export function markingJournal(
  journal: Journal,
  isExpectedMiss: (path: string) => boolean,
): Journal {
  return {
    record(entry) {
      const isExpected = entry.outcome === 'missing' && isExpectedMiss(entry.path)
      journal.record(isExpected ? { ...entry, isExpected } : entry)
    },
  }
}
