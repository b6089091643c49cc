import { Refusal } from '../../base/refusal.ts'
import type { UploadRecord } from './record.ts'
import type { RecordFiles } from './record-files.ts'
import { type Charge, overQuota, type UploadRules } from './rules.ts'
import { UsageBook } from './usage-book.ts'

/** What is kept, whose it is, and how much of it: the records of a place, in memory. */
export class Ledger {
  readonly #files: RecordFiles
  readonly #warn: (message: string) => void
  readonly #records = new Map<string, UploadRecord>()
  /** Paths of records that cannot be read: their files are left alone. */
  readonly #broken = new Set<string>()
  readonly #usage = new UsageBook()
  #loading: Promise<void> | undefined

  constructor(files: RecordFiles, warn: (message: string) => void) {
    this.#files = files
    this.#warn = warn
  }

  /** Reads the records, once; a failure is tried again by the next who needs them. */
  load(): Promise<void> {
    this.#loading ??= this.#read().catch((error: unknown) => {
      this.#loading = undefined
      throw error
    })
    return this.#loading
  }

  get records(): readonly UploadRecord[] {
    return [...this.#records.values()]
  }

  /** @throws {Refusal} `GENERATOR_FAILED` when its record cannot be read. */
  get(name: string): UploadRecord | undefined {
    const path = this.#files.pathOf(name)
    if (!this.#broken.has(path)) return this.#records.get(name)
    throw new Refusal('GENERATOR_FAILED', `Cannot keep "${name}": nobody can read ${path}`, {
      wireMessage: 'The file cannot be kept now',
    })
  }

  /** Bytes that a writer may still have, were one record in place of another. */
  roomBytes({ before, after, writer }: Charge, { quotaBytes }: UploadRules): number {
    this.#usage.replace(before, after)
    const { bytes } = this.#usage.of(writer)
    this.#usage.replace(after, before)
    return Math.max(0, quotaBytes - bytes)
  }

  /**
   * Counts one record in place of another. It is entered when its bytes are there.
   *
   * @throws {Refusal} `STORAGE_FULL` when there is no room for it; nothing is counted then.
   */
  charge(charge: Charge, rules: UploadRules): void {
    const { before, after } = charge
    this.#usage.replace(before, after)
    const over = overQuota(charge, this.#usage, rules)
    if (over === undefined) return
    this.#usage.replace(after, before)
    throw over
  }

  /** Takes back what was counted. */
  refund({ before, after }: Charge): void {
    this.#usage.replace(after, before)
  }

  /** What was counted is there. */
  enter(record: UploadRecord): void {
    this.#records.set(record.name, record)
  }

  /** One record, known and counted, is another, or none any more. */
  change(before: UploadRecord, after: UploadRecord | undefined): void {
    this.#usage.replace(before, after)
    if (after === undefined) this.#records.delete(before.name)
    else this.#records.set(after.name, after)
  }

  async #read(): Promise<void> {
    const { records, problems } = await this.#files.read()
    for (const [path, problem] of problems) {
      this.#broken.add(path)
      this.#warn(`cannot read the record of an upload, ${path}: ${problem}`)
    }
    for (const record of records) {
      this.#records.set(record.name, record)
      this.#usage.replace(undefined, record)
    }
  }
}
