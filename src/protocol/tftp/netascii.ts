/**
 * Netascii, the text mode of RFC 1350 §1: the local newline, LF, travels as CR LF and a CR as
 * CR NUL (RFC 764).
 *
 * LF is a newline and CR a mere character, as on any Unix host. A file with CR LF in it is thus
 * sent as CR NUL CR LF, and comes back as it was. Both directions take a file in pieces cut
 * anywhere.
 */

const NUL = 0x00
const LF = 0x0a
const CR = 0x0d
const nothing = new Uint8Array(0)

/** File bytes to wire bytes. */
export class NetasciiEncoder {
  /** @returns The chunk itself when nothing in it changes: do not write to it afterwards. */
  encode(chunk: Uint8Array): Uint8Array {
    const bytes = netasciiEncodedBytes(chunk)
    if (bytes === chunk.length) return chunk
    const encoded = new Uint8Array(bytes)
    let at = 0
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] ?? 0
      if (byte === LF) encoded[at++] = CR
      encoded[at++] = byte
      if (byte === CR) encoded[at++] = NUL
    }
    return encoded
  }

  /** What is left once the file is over: nothing, as each byte is encoded by itself. */
  end(): Uint8Array {
    return nothing
  }
}

/**
 * Wire bytes to file bytes.
 *
 * Forgiving where senders are sloppy: a CR before any other byte stays, and so does a bare LF.
 */
export class NetasciiDecoder {
  /** True when the last byte was a CR, and what it means depends on the next. */
  #isAfterCr = false

  /** @returns The chunk itself when nothing in it changes: valid as long as the chunk is. */
  decode(chunk: Uint8Array): Uint8Array {
    if (!this.#isAfterCr && !chunk.includes(CR)) return chunk
    const decoded = new Uint8Array(chunk.length + 1)
    let isAfterCr = this.#isAfterCr
    let at = 0
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] ?? 0
      if (isAfterCr && byte !== LF) decoded[at++] = CR
      const isSecondOfPair = isAfterCr && byte === NUL
      isAfterCr = byte === CR
      if (!isAfterCr && !isSecondOfPair) decoded[at++] = byte
    }
    this.#isAfterCr = isAfterCr
    return decoded.subarray(0, at)
  }

  /** A CR that ended the file, else nothing. */
  end(): Uint8Array {
    if (!this.#isAfterCr) return nothing
    this.#isAfterCr = false
    return Uint8Array.of(CR)
  }
}

/** How many bytes a chunk takes on the wire. */
export function netasciiEncodedBytes(chunk: Uint8Array): number {
  let bytes = chunk.length
  for (let index = 0; index < chunk.length; index += 1) {
    if (chunk[index] === LF || chunk[index] === CR) bytes += 1
  }
  return bytes
}
