import { createWriteStream, statSync, type WriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'

/**
 * Where the bytes of a download go: standard output, or a file that appears only when it is whole.
 *
 * What is there and is no file (`/dev/null`, a FIFO, a terminal) is written to as it is: to put a
 * file in its place would take it away from everybody else.
 */
export class DownloadTarget {
  readonly stream: Writable
  readonly #file: string | undefined
  /** Where the bytes are until the file is whole; undefined if they go straight to their place. */
  readonly #partial: string | undefined
  #error: Error | undefined

  constructor(file: string | undefined) {
    this.#file = file
    this.#partial = file === undefined || isSpecial(file) ? undefined : `${file}.part`
    this.stream = file === undefined ? process.stdout : this.#open(file)
    this.stream.on('error', (error: Error) => {
      this.#error = error
    })
  }

  /**
   * @returns False when the stream wants a pause. The bytes are copied: they are valid during the
   * call only.
   */
  write(bytes: Uint8Array): boolean {
    return this.stream.write(Buffer.from(bytes))
  }

  /** @returns False when the bytes could not be written. */
  async close(isWhole: boolean): Promise<boolean> {
    if (this.#file === undefined) return this.#error === undefined
    this.stream.end()
    await finished(this.stream).catch(() => {})
    if (this.#partial !== undefined) await this.#settle(this.#partial, this.#file, isWhole)
    if (this.#error !== undefined) process.stderr.write(`trivet: ${this.#error.message}\n`)
    return this.#error === undefined
  }

  async #settle(partial: string, file: string, isWhole: boolean): Promise<void> {
    if (isWhole && this.#error === undefined) {
      await rename(partial, file).catch((error: Error) => {
        this.#error = error
      })
    }
    await rm(partial, { force: true })
  }

  #open(file: string): WriteStream {
    return createWriteStream(this.#partial ?? file)
  }
}

/** A link counts as what it leads to. */
function isSpecial(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats !== undefined && !stats.isFile() && !stats.isDirectory()
}
