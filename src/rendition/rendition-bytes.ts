import { SpillFile } from './spill-file.ts'

/** A rendition over this size goes to a temporary file, in bytes. */
export const SPILL_BYTES_MIN = 1024 * 1024

/** Kept for a chunk beside its bytes, roughly. */
const CHUNK_BYTES = 96

/** Where a reader is. */
export interface Cursor {
  offset: number
  /** Of the chunk that begins at `offset`, while the bytes are in memory. */
  index: number
}

/** The bytes of one rendition: in memory while they are few, then in a file without a name. */
export class RenditionBytes {
  readonly #folder: string
  #chunks: Uint8Array[] = []
  #file: SpillFile | undefined
  #sizeBytes = 0
  #users = 1

  /** @param folder - For temporary files. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** Bytes there are by now. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  get isSpilled(): boolean {
    return this.#file !== undefined
  }

  /** What it takes of memory, in bytes. */
  get memoryBytes(): number {
    return this.isSpilled ? 0 : this.#sizeBytes + this.#chunks.length * CHUNK_BYTES
  }

  /** Adds to the end. One call at a time. @throws {Error} When the disk is full. */
  append(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#file === undefined && this.#sizeBytes + chunk.length <= SPILL_BYTES_MIN) {
      this.#chunks.push(ownCopy(chunk))
      this.#sizeBytes += chunk.length
      return undefined
    }
    return this.#spill(chunk)
  }

  /** The next bytes for a reader, which must not be changed; undefined when there are none yet. */
  next(cursor: Cursor): Uint8Array | Promise<Uint8Array> | undefined {
    if (cursor.offset >= this.#sizeBytes) return undefined
    if (this.#file !== undefined) return this.#read(this.#file, cursor)
    const chunk = this.#chunks[cursor.index]
    if (chunk === undefined) return undefined
    cursor.index += 1
    cursor.offset += chunk.length
    return chunk
  }

  /** Another one uses the bytes. */
  hold(): void {
    this.#users += 1
  }

  /** One user fewer; the last one takes the bytes away. */
  release(): void {
    this.#users -= 1
    if (this.#users > 0) return
    this.#file?.release()
    this.#chunks = []
  }

  async #spill(chunk: Uint8Array): Promise<void> {
    let file = this.#file
    if (file === undefined) {
      file = SpillFile.open(this.#folder)
      try {
        for (const earlier of this.#chunks) await file.append(earlier)
      } catch (error) {
        file.release()
        throw error
      }
      this.#file = file
      this.#chunks = []
    }
    await file.append(chunk)
    this.#sizeBytes = file.bytes
  }

  async #read(file: SpillFile, cursor: Cursor): Promise<Uint8Array> {
    file.hold()
    try {
      const chunk = await file.read(cursor.offset)
      cursor.offset += chunk.length
      return chunk
    } finally {
      file.release()
    }
  }
}

/** A small part of a large buffer would keep all of it. */
function ownCopy(chunk: Uint8Array): Uint8Array {
  return chunk.buffer.byteLength > 2 * chunk.byteLength ? chunk.slice() : chunk
}
