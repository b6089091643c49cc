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
  return {
    ...(generationMs === undefined ? {} : { generationMs: roundMs(generationMs) }),
    ...(isShared ? { shared: true } : {}),
    ...(isLate || wasLate ? { late: true } : {}),
    ...(isStale ? { stale: true } : {}),
  }
}

function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100
}
