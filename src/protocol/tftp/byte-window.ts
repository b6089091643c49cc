/** Chunks smaller than this are copied together, in bytes: a source may push single bytes. */
const SMALL_BYTES = 1024
/** Size of the blocks they are copied into. */
const GATHER_BYTES = 16 * 1024

/**
 * The part of a file that is on its way, addressed by absolute offset.
 *
 * Large chunks are kept by reference, so that a file that is there as a whole is never copied; what the client has
 * acknowledged is let go of, so that a stream of any length needs a window's worth of memory. Offsets go beyond 2^32.
 */
export class ByteWindow {
  /** Chunks in order; those before `#head` are released. */
  #chunks: Uint8Array[] = []
  #head = 0
  /** Absolute offset of the first byte of the chunk at `#head`. */
  #headOffset = 0
  #endOffset = 0
  #isEnded = false
  /** Room left in the last chunk, when that is one of our own. */
  #gatherFree = 0

  /** Absolute offset behind the last byte. */
  get endOffset(): number {
    return this.#endOffset
  }

  /** True once no more bytes come. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Adds bytes; a large chunk must not change afterwards. */
  append(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    if (chunk.length < SMALL_BYTES) this.#gather(chunk)
    else {
      this.#chunks.push(chunk)
      this.#gatherFree = 0
    }
    this.#endOffset += chunk.length
  }

  end(): void {
    this.#isEnded = true
  }

  /** Lets go of whole chunks before an offset. */
  release(beforeOffset: number): void {
    for (;;) {
      const chunk = this.#chunks[this.#head]
      if (chunk === undefined || this.#headOffset + chunk.length > beforeOffset) break
      if (this.#head === this.#chunks.length - 1 && this.#gatherFree > 0) break
      this.#chunks[this.#head] = EMPTY
      this.#headOffset += chunk.length
      this.#head += 1
    }
    if (this.#head > 32 && this.#head * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#head)
      this.#head = 0
    }
  }

  /** Lets go of everything. */
  clear(): void {
    this.#chunks = []
    this.#head = 0
    this.#headOffset = this.#endOffset
    this.#gatherFree = 0
  }

  /**
   * Copies bytes out.
   *
   * @throws {RangeError} When they are released, or not there yet.
   */
  copyTo(
    target: Uint8Array,
    targetOffset: number,
    part: { readonly from: number; readonly bytes: number },
  ): void {
    if (part.from < this.#headOffset || part.from + part.bytes > this.#endOffset) {
      throw new RangeError(`Bytes ${part.from} to ${part.from + part.bytes} are not in the window`)
    }
    let index = this.#head
    let chunkStart = this.#headOffset
    let from = part.from
    let left = part.bytes
    let to = targetOffset
    while (left > 0) {
      const chunk = this.#chunks[index] ?? EMPTY
      const within = from - chunkStart
      if (within < chunk.length) {
        const bytes = Math.min(left, chunk.length - within)
        target.set(chunk.subarray(within, within + bytes), to)
        from += bytes
        to += bytes
        left -= bytes
      }
      chunkStart += chunk.length
      index += 1
    }
  }

  #gather(chunk: Uint8Array): void {
    const last = this.#chunks.at(-1)
    if (last !== undefined && this.#gatherFree >= chunk.length) {
      const whole = new Uint8Array(last.buffer, 0, last.length + chunk.length)
      whole.set(chunk, last.length)
      this.#chunks[this.#chunks.length - 1] = whole
      this.#gatherFree -= chunk.length
      return
    }
    const fresh = new Uint8Array(new ArrayBuffer(GATHER_BYTES), 0, chunk.length)
    fresh.set(chunk)
    this.#chunks.push(fresh)
    this.#gatherFree = GATHER_BYTES - chunk.length
  }
}

const EMPTY = new Uint8Array(0)
