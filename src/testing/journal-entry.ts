import type { JournalEntry, RequestOutcome } from '../observe/journal.ts'

/** When the entries of a test begin, in ms since 1970. */
export const JOURNAL_START_MS = Date.parse('2026-01-01T00:00:00.000Z')

export interface EntryChange extends Partial<Omit<JournalEntry, 'at' | 'client'>> {
  /** When it came, in ms since `JOURNAL_START_MS`. */
  readonly atMs?: number
  readonly address?: string
}

/** An entry of the journal: an RRQ of 10.0.0.7 that took 1 ms. */
export function journalEntry(
  path: string,
  outcome: RequestOutcome,
  { atMs = 0, address = '10.0.0.7', ...more }: EntryChange = {},
): JournalEntry {
  return {
    id: 'x',
    at: new Date(JOURNAL_START_MS + atMs).toISOString(),
    front: 'tftp',
    method: 'RRQ',
    client: { address, port: 1069 },
    local: { address: '10.0.0.1', port: 69 },
    path,
    bytes: 0,
    durationMs: 1,
    outcome,
    ...more,
  }
}
