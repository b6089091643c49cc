import { rm } from 'node:fs/promises'
import type { Contents } from './contents.ts'
import { latestOf } from './record.ts'
import type { RecordFiles } from './record-files.ts'
import type { Charge } from './rules.ts'

/** Where bytes and records go. */
export interface PlaceOfFiles {
  readonly contents: Contents
  readonly records: RecordFiles
}

/**
 * Puts a file on its way into its place, and writes its record: in the order in which an end of the
 * server in between does no harm. Both are on disk when this resolves.
 *
 * @param path - The file on its way, absolute.
 */
export async function putInPlace(place: PlaceOfFiles, charge: Charge, path: string): Promise<void> {
  const { contents, records } = place
  const { before, after } = charge
  const target = { name: after.name, number: latestOf(after).number }
  if (!contents.isRecordFirst) {
    await contents.put(path, target)
    await records.write(after)
    return
  }
  await records.write(after)
  try {
    await contents.put(path, target)
  } catch (error) {
    if (before === undefined) await rm(records.pathOf(after.name), { force: true })
    else await records.write(before)
    throw error
  }
}

/** Removes versions that are no longer in the record: now, or else at the next start. */
export async function removeOld(
  { contents }: PlaceOfFiles,
  { before, after }: Charge,
  warn: (message: string) => void,
): Promise<void> {
  const kept = new Set(after.versions.map(({ number }) => number))
  const gone = before?.versions.filter(({ number }) => !kept.has(number)) ?? []
  for (const { number } of gone) {
    await contents.remove(after.name, number).catch((error: unknown) => {
      warn(`cannot remove version ${number} of "${after.name}": ${String(error)}`)
    })
  }
}
