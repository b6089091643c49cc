import { decodeHeader, HEADER_BYTES, type RecordHeader } from './record.ts'

/** Some of a record: its header, and the part of its content that has come. */
export interface RecordPart {
  readonly header: RecordHeader
  /** Memory of the chunk that was pushed; empty for a record without content. */
  readonly content: Uint8Array
  /** True when the content is there to its end; each record has just one such part. */
  readonly isLast: boolean
}

/**
 * Finds the records in what comes from a connection, chunk by chunk.
 *
 * Content is passed on as it comes: nothing is kept but the beginning of a header. However the
 * bytes are cut into chunks, the content of each record is the same.
 */
export class RecordDecoder {
  readonly #headerBytes = new Uint8Array(HEADER_BYTES)
  #headerFilled = 0
  #header: RecordHeader | undefined
  #contentLeft = 0
  #paddingLeft = 0

  /** True between two records. */
  get isBetween(): boolean {
    return this.#headerFilled === 0 && this.#header === undefined && this.#paddingLeft === 0
  }

  /** Takes a chunk. To be iterated to the end, or the decoder is of no more use. */
  *push(chunk: Uint8Array): Generator<RecordPart, void> {
    for (let offset = 0; offset < chunk.length; ) {
      if (this.#paddingLeft > 0) {
        offset += this.#skipPadding(chunk.subarray(offset))
        continue
      }
      if (this.#header === undefined) offset += this.#fillHeader(chunk.subarray(offset))
      const part = this.#nextPart(chunk.subarray(offset))
      if (part === undefined) continue
      offset += part.content.length
      yield part
    }
  }

  #fillHeader(rest: Uint8Array): number {
    const part = rest.subarray(0, HEADER_BYTES - this.#headerFilled)
    this.#headerBytes.set(part, this.#headerFilled)
    this.#headerFilled += part.length
    if (this.#headerFilled === HEADER_BYTES) {
      this.#headerFilled = 0
      this.#header = decodeHeader(this.#headerBytes)
      this.#contentLeft = this.#header.contentBytes
    }
    return part.length
  }

  #nextPart(rest: Uint8Array): RecordPart | undefined {
    const header = this.#header
    if (header === undefined || (rest.length === 0 && this.#contentLeft > 0)) return undefined
    const content = rest.subarray(0, this.#contentLeft)
    this.#contentLeft -= content.length
    const isLast = this.#contentLeft === 0
    if (isLast) {
      this.#header = undefined
      this.#paddingLeft = header.paddingBytes
    }
    return { header, content, isLast }
  }

  #skipPadding(rest: Uint8Array): number {
    const bytes = Math.min(rest.length, this.#paddingLeft)
    this.#paddingLeft -= bytes
    return bytes
  }
}
