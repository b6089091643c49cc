import type { JournalEntry } from './journal.ts'

/** How a rendition came to a client. */
interface Use {
  readonly generationMs: number | undefined
  readonly isShared: boolean
  readonly isLate: boolean
  readonly isStale: boolean
}

/** What the journal says of a rendition and of a client that it was too late for. */
export function renditionFields(use: Use | undefined, wasLate: boolean): Partial<JournalEntry> {
  const { generationMs, isShared = false, isLate = false, isStale = false } = use ?? {}
  const fields: { -readonly [Name in keyof JournalEntry]?: JournalEntry[Name] } = {}
  if (generationMs !== undefined) fields.generationMs = roundMs(generationMs)
  if (isShared) fields.shared = true
  if (isLate || wasLate) fields.late = true
  if (isStale) fields.stale = true
  return fields
}

function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100
}
