import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import pLimit from 'p-limit'
import { isAbsence } from './disk-failure.ts'
import { formatRecord, parseRecord, type UploadRecord } from './record.ts'

const RECORD = 'record.json'
/** Records that are read at once. */
const READING_MAX = 16
/** Only the server's user sees who wrote what. */
const FOLDER_MODE = 0o700

/** Records read from disk, and those that cannot be. */
export interface ReadRecords {
  readonly records: readonly UploadRecord[]
  /** What is wrong, by the path of the record. */
  readonly problems: ReadonlyMap<string, string>
}

/** The records of a place, one folder for each name. */
export class RecordFiles {
  readonly #folder: string

  /** @param folder - Absolute path; made when the first record is written. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** The folder of a name. A hash, so that any name fits and none is another in other letters. */
  folderOf(name: string): string {
    return join(this.#folder, createHash('sha256').update(name).digest('hex').slice(0, 40))
  }

  pathOf(name: string): string {
    return join(this.folderOf(name), RECORD)
  }

  /** The folder of a name, made if it is not there. */
  async made(name: string): Promise<string> {
    const folder = this.folderOf(name)
    const first = await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
    if (first !== undefined) await syncFolder(dirname(first))
    return folder
  }

  /** Resolves when it is on disk; until then, and whatever happens, the one before is there. */
  async write(record: UploadRecord): Promise<void> {
    const folder = await this.made(record.name)
    const path = join(folder, RECORD)
    const next = `${path}.next`
    const handle = await open(next, 'w', 0o600)
    try {
      await handle.writeFile(formatRecord(record))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(next, path)
    await syncFolder(folder)
  }

  /** All of them, in the order of their names. */
  async read(): Promise<ReadRecords> {
    const records: UploadRecord[] = []
    const problems = new Map<string, string>()
    const limit = pLimit(READING_MAX)
    const folders = await foldersIn(this.#folder)
    await limit.map(folders, async (folder) => {
      const path = join(this.#folder, folder, RECORD)
      try {
        records.push(parseRecord(await readFile(path, 'utf8')))
      } catch (error) {
        // The server ended before the first record of this name was written.
        if (isAbsence(error)) return
        problems.set(path, error instanceof Error ? error.message : String(error))
      }
    })
    records.sort((one, other) => (one.name < other.name ? -1 : 1))
    return { records, problems }
  }
}

/** Resolves when the names in a folder are on disk. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch (error) {
    if (isAbsence(error)) return []
    throw error
  }
}
