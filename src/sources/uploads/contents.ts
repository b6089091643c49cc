import type { FileHandle } from 'node:fs/promises'
import type { UploadRecord } from './record.ts'

/** Where the bytes of uploads are. */
export interface Contents {
  /** For people: `phone-logs/`, `state`. */
  readonly label: string
  /** Folder of uploads on their way, on the same file system. */
  readonly incoming: string
  /** Makes that folder if it is not there. */
  prepare(): Promise<void>
  /**
   * Whether the record of a file is written before its bytes are put into place. Where others put
   * files too, a file without a record would be nobody's; elsewhere a record without bytes would be
   * a file that cannot be read.
   */
  readonly isRecordFirst: boolean
  /**
   * Whether a file of that name is there, whoever put it there; undefined: what the records say.
   */
  holds(name: string): Promise<boolean | undefined>
  /**
   * Puts a file on its way into its place, at once and for good: it is on disk when this resolves.
   *
   * @throws {Refusal} `ACCESS_DENIED` when no file may be there.
   * @throws {NodeJS.ErrnoException} When the disk fails.
   */
  put(incoming: string, place: { readonly name: string; readonly number: number }): Promise<void>
  /** Undefined when it is not there. */
  open(name: string, number: number): Promise<FileHandle | undefined>
  /** Removes a version that is not the latest, if it is there. */
  remove(name: string, number: number): Promise<void>
  /** Removes versions that the record does not have: the server ended before it had done so. */
  keepOnly(record: UploadRecord): Promise<void>
}
