import { randomUUID } from 'node:crypto'
import { openSync, unlinkSync } from 'node:fs'
import { close, read, write } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const [closeFile, readFile, writeFile] = [promisify(close), promisify(read), promisify(write)]

/** Read at a time, in bytes. */
const READ_BYTES = 256 * 1024

/**
 * A file without a name, for bytes that are too many for memory.
 *
 * It is unlinked as soon as it is open, so that the system takes it away with the process, however
 * that ends.
 */
export class SpillFile {
  readonly #fd: number
  #bytes = 0
  #users = 1
  #isClosed = false

  /** @throws {Error} When there is no room or no permission for it in `folder`. */
  static open(folder: string): SpillFile {
    const path = join(folder, `trivet-${randomUUID()}`)
    const fd = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    return new SpillFile(fd)
  }

  private constructor(fd: number) {
    this.#fd = fd
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Adds to the end. One call at a time. */
  async append(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length; ) {
      const rest = chunk.subarray(done)
      const { bytesWritten } = await writeFile(this.#fd, rest, 0, rest.length, this.#bytes)
      done += bytesWritten
      this.#bytes += bytesWritten
    }
  }

  /** Some bytes from `offset` on, in memory of their own; at least one if there is one. */
  async read(offset: number): Promise<Uint8Array> {
    const length = Math.min(READ_BYTES, this.#bytes - offset)
    const chunk = new Uint8Array(length)
    const { bytesRead } = await readFile(this.#fd, chunk, 0, length, offset)
    return chunk.subarray(0, bytesRead)
  }

  /** Another one uses the file. */
  hold(): void {
    this.#users += 1
  }

  /** One user fewer; the last one takes the file away. */
  release(): void {
    this.#users -= 1
    if (this.#users > 0 || this.#isClosed) return
    this.#isClosed = true
    void closeFile(this.#fd)
  }
}
