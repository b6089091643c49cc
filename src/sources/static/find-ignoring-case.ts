import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Names of a folder that are compared at most; in a larger one only the exact name is found. */
const NAMES_MAX = 10_000

/**
 * The name as it is on disk, whatever its case: `firmware/A.BIN` finds `Firmware/a.bin`.
 *
 * In each folder an exact match wins, then the first in code point order. Undefined when there is none.
 */
export async function findIgnoringCase(folder: string, name: string): Promise<string | undefined> {
  let found = ''
  for (const segment of name.split('/')) {
    const names = await namesIn(join(folder, found))
    const match = names.includes(segment) ? segment : firstAlike(names, segment)
    if (match === undefined) return undefined
    found = join(found, match)
  }
  return found
}

function firstAlike(names: readonly string[], segment: string): string | undefined {
  const folded = segment.toLowerCase()
  return names.filter((name) => name.toLowerCase() === folded).toSorted()[0]
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder)
    return names.length > NAMES_MAX ? [] : names
  } catch {
    return []
  }
}
