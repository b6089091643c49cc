/** Chunks smaller than this are copied together, in bytes: a source may push single bytes. */
const SMALL_BYTES = 1024
/** They grow together up to this, in bytes. */
const GATHER_BYTES = 16 * 1024
/** Released chunks are forgotten in lots of at least so many. */
const COMPACT_CHUNKS = 32

const EMPTY = new Uint8Array(0)

/**
 * The part of a file that is on its way, addressed by absolute offset.
 *
 * Large chunks are kept by reference, so that a file that is there as a whole is never copied; what
 * the client has acknowledged is let go of, so that a stream of any length needs a window's worth
 * of memory. Offsets go beyond 2^32.
 */
export class ByteWindow {
  /** Chunks in order; those before `#head` are released. */
  #chunks: Uint8Array[] = []
  #head = 0
  /** Absolute offset of the first byte of the chunk at `#head`. */
  #headOffset = 0
  #endOffset = 0
  #isEnded = false
  /** How long the last chunk may grow in place, in bytes: 0 when it is somebody else's. */
  #lastCapacity = 0
  /** Where the latest copy ended: blocks are read in order. */
  #cursor = 0
  #cursorOffset = 0

  /** Absolute offset behind the last byte. */
  get endOffset(): number {
    return this.#endOffset
  }

  /** Bytes that are held, released parts of the first chunk included. */
  get availableBytes(): number {
    return this.#endOffset - this.#headOffset
  }

  /** True once no more bytes come. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Adds bytes; the chunk must not change afterwards. */
  append(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    if (!this.#joinLast(chunk)) {
      this.#chunks.push(chunk)
      this.#lastCapacity = 0
    }
    this.#endOffset += chunk.length
  }

  /** No more bytes come. */
  end(): void {
    this.#isEnded = true
  }

  /** Lets go of whole chunks before an offset. */
  release(beforeOffset: number): void {
    for (;;) {
      const chunk = this.#chunks[this.#head]
      if (chunk === undefined || this.#headOffset + chunk.length > beforeOffset) break
      this.#chunks[this.#head] = EMPTY
      this.#headOffset += chunk.length
      this.#head += 1
    }
    if (this.#head === this.#chunks.length) this.#lastCapacity = 0
    if (this.#head < COMPACT_CHUNKS || this.#head * 2 < this.#chunks.length) return
    this.#chunks = this.#chunks.slice(this.#head)
    this.#head = 0
    this.#rewind()
  }

  /** Lets go of everything. */
  clear(): void {
    this.#chunks = []
    this.#head = 0
    this.#headOffset = this.#endOffset
    this.#lastCapacity = 0
    this.#rewind()
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
    const end = part.from + part.bytes
    if (part.from < this.#headOffset || end > this.#endOffset) {
      throw new RangeError(`Cannot copy bytes ${part.from} to ${end}: the window has no such bytes`)
    }
    if (this.#cursor < this.#head || part.from < this.#cursorOffset) this.#rewind()
    let from = part.from
    let to = targetOffset
    while (from < end) {
      const chunk = this.#chunks[this.#cursor] ?? EMPTY
      const chunkEnd = this.#cursorOffset + chunk.length
      if (from < chunkEnd) {
        const bytes = Math.min(end, chunkEnd) - from
        const start = from - this.#cursorOffset
        target.set(bytes === chunk.length ? chunk : chunk.subarray(start, start + bytes), to)
        from += bytes
        to += bytes
        if (from === end) return
      }
      this.#cursor += 1
      this.#cursorOffset = chunkEnd
    }
  }

  #rewind(): void {
    this.#cursor = this.#head
    this.#cursorOffset = this.#headOffset
  }

  /** Copies a small chunk behind a last one that is small, or was made of small ones. */
  #joinLast(chunk: Uint8Array): boolean {
    const last = this.#chunks.length > this.#head ? this.#chunks.at(-1) : undefined
    if (last === undefined || chunk.length >= SMALL_BYTES) return false
    const bytes = last.length + chunk.length
    const isOwn = this.#lastCapacity > 0
    if (bytes > GATHER_BYTES || (!isOwn && last.length >= SMALL_BYTES)) return false
    let { buffer } = last
    if (bytes > this.#lastCapacity) {
      this.#lastCapacity = Math.min(GATHER_BYTES, 2 * Math.max(bytes, SMALL_BYTES))
      buffer = new ArrayBuffer(this.#lastCapacity)
      new Uint8Array(buffer).set(last)
    }
    const joined = new Uint8Array(buffer, 0, bytes)
    joined.set(chunk, last.length)
    this.#chunks[this.#chunks.length - 1] = joined
    return true
  }
}
