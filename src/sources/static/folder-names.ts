import { lstat, opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { isAbsence, readFailure } from './read-failure.ts'

/** Names of a folder that are compared at most; in a larger one only the exact name is found. */
const NAMES_MAX = 10_000
/** Names kept in all: a few tens of megabytes. */
const KEPT_NAMES_MAX = 200_000
/** Read from the system at a time. */
const READ_NAMES = 1000
/**
 * How old a folder's last change must be before its names are kept, in milliseconds: file systems
 * count time in ticks, so a second change might leave the same time behind.
 */
const SETTLED_MS = 2000

/** The names of a folder as of one change of it: how each is written, by its lower case. */
interface Listing {
  readonly changedNs: bigint
  readonly byLowerCase: ReadonlyMap<string, string>
}

/** Finds files whatever the case of their names. */
export class FolderNames {
  readonly #folder: string
  readonly #kept = new LRUCache<string, Listing>({
    maxSize: KEPT_NAMES_MAX,
    sizeCalculation: ({ byLowerCase }) => byLowerCase.size + 1,
  })

  /** @param folder - Absolute path. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * The name as it is on disk: `firmware/A.BIN` finds `Firmware/a.bin`.
   *
   * In each folder an exact match wins, then the first in code point order. Undefined when there is
   * none.
   *
   * @throws {Refusal} When a folder cannot be read.
   */
  async find(name: string): Promise<string | undefined> {
    let found = ''
    try {
      for (const segment of name.split('/')) {
        const match = await this.#match(join(this.#folder, found), segment)
        if (match === undefined) return undefined
        found = join(found, match)
      }
    } catch (error) {
      if (isAbsence(error)) return undefined
      throw readFailure(error, name)
    }
    return found
  }

  async #match(folder: string, segment: string): Promise<string | undefined> {
    if (await isThere(join(folder, segment))) return segment
    const { byLowerCase } = await this.#listing(folder)
    return byLowerCase.get(segment.toLowerCase())
  }

  async #listing(folder: string): Promise<Listing> {
    const { mtimeNs, mtimeMs } = await stat(folder, { bigint: true })
    const kept = this.#kept.get(folder)
    if (kept?.changedNs === mtimeNs) return kept
    const listing = { changedNs: mtimeNs, byLowerCase: await readNames(folder) }
    if (Number(mtimeMs) < Date.now() - SETTLED_MS) this.#kept.set(folder, listing)
    else this.#kept.delete(folder)
    return listing
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (isAbsence(error)) return false
    throw error
  }
}

/**
 * Empty when there are too many: a folder of millions must not be read for every name that is
 * missed.
 */
async function readNames(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  let count = 0
  for await (const { name } of await opendir(folder, { bufferSize: READ_NAMES })) {
    count += 1
    if (count > NAMES_MAX) return new Map()
    const folded = name.toLowerCase()
    const other = names.get(folded)
    if (other === undefined || name < other) names.set(folded, name)
  }
  return names
}
