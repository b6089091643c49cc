import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contents } from './contents.ts'
import { isAbsence } from './disk-failure.ts'
import type { UploadRecord } from './record.ts'
import { type RecordFiles, syncFolder } from './record-files.ts'

/** Uploads in the state of the site, each version a file of its own. */
export class StateContents implements Contents {
  readonly label = 'state'
  readonly isRecordFirst = false
  readonly incoming: string
  readonly #records: RecordFiles

  /** @param folder - Absolute path of the uploads in the state. */
  constructor(folder: string, records: RecordFiles) {
    this.incoming = join(folder, 'incoming')
    this.#records = records
  }

  async prepare(): Promise<void> {
    await mkdir(this.incoming, { recursive: true, mode: 0o700 })
  }

  /** Nobody else puts files into the state. */
  holds(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  async put(
    incoming: string,
    { name, number }: { readonly name: string; readonly number: number },
  ): Promise<void> {
    const folder = await this.#records.made(name)
    await rename(incoming, join(folder, String(number)))
    await syncFolder(folder)
  }

  async open(name: string, number: number): Promise<FileHandle | undefined> {
    try {
      return await open(this.#path(name, number), 'r')
    } catch (error) {
      if (isAbsence(error)) return undefined
      throw error
    }
  }

  async remove(name: string, number: number): Promise<void> {
    await rm(this.#path(name, number), { force: true })
  }

  async keepOnly({ name, versions }: UploadRecord): Promise<void> {
    const kept = new Set(versions.map(({ number }) => String(number)))
    for (const file of await readdir(this.#records.folderOf(name))) {
      const isVersion = /^\d+$/.test(file)
      if (isVersion && !kept.has(file)) await this.remove(name, Number(file))
    }
  }

  #path(name: string, number: number): string {
    return join(this.#records.folderOf(name), String(number))
  }
}
