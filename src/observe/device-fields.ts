import type { JournalEntry } from './journal.ts'

/** Who asked, as an answer tells. */
interface Asker {
  readonly device: string | undefined
  readonly identifiedBy: string | undefined
  readonly identityConflict: string | undefined
}

/** What the journal says of the device that asked. */
export function deviceFields(asker: Asker | undefined): Partial<JournalEntry> {
  const { device, identifiedBy, identityConflict } = asker ?? {}
  return {
    ...(device === undefined ? {} : { device }),
    ...(identifiedBy === undefined ? {} : { identifiedBy }),
    ...(identityConflict === undefined ? {} : { identityConflict }),
  }
}
