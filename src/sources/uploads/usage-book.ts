import type { UploadRecord } from './record.ts'

/** What is kept of one writer. */
export interface Usage {
  readonly bytes: number
  readonly files: number
}

const nothing: Usage = { bytes: 0, files: 0 }

/** Counts what is kept, for each who wrote it and in all. */
export class UsageBook {
  readonly #byWriter = new Map<string, Usage>()
  #files = 0

  /** Files in all. */
  get files(): number {
    return this.#files
  }

  of(writer: string): Usage {
    return this.#byWriter.get(writer) ?? nothing
  }

  /** One record takes the place of another; undefined: of none, or none does. */
  replace(before: UploadRecord | undefined, after: UploadRecord | undefined): void {
    if (before !== undefined) this.#add(before, -1)
    if (after !== undefined) this.#add(after, 1)
  }

  #add({ versions }: UploadRecord, sign: 1 | -1): void {
    this.#files += sign
    for (const { writer, bytes } of versions)
      this.#change(writer, { bytes: sign * bytes, files: 0 })
    for (const writer of new Set(versions.map((one) => one.writer))) {
      this.#change(writer, { bytes: 0, files: sign })
    }
  }

  #change(writer: string, by: Usage): void {
    const { bytes, files } = this.of(writer)
    const now = { bytes: bytes + by.bytes, files: files + by.files }
    if (now.files === 0 && now.bytes === 0) this.#byWriter.delete(writer)
    else this.#byWriter.set(writer, now)
  }
}
