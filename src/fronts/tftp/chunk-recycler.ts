/**
 * The acknowledged block that a transfer keeps, at most: what lies this far behind the last ACK is
 * not needed.
 */
const KEPT_BYTES = 65_464

interface InFlight {
  readonly chunk: Uint8Array
  /** Offset in the file behind its last byte. */
  readonly end: number
}

/**
 * Finds out which chunks of a file the client has, so that their memory can take the next ones.
 *
 * Without it a file of gigabytes leaves its length in garbage behind, and the collector lets much
 * of it pile up.
 */
export class ChunkRecycler {
  readonly #inFlight: InFlight[] = []
  #end = 0

  /** A chunk was pushed. */
  pushed(chunk: Uint8Array): void {
    this.#end += chunk.length
    this.#inFlight.push({ chunk, end: this.#end })
  }

  /** Memory of a chunk that is acknowledged, if there is one; it is given out once. */
  spare(ackedBytes: number): ArrayBuffer | undefined {
    const first = this.#inFlight[0]
    if (first === undefined || first.end + KEPT_BYTES > ackedBytes) return undefined
    this.#inFlight.shift()
    const { buffer } = first.chunk
    return buffer instanceof ArrayBuffer ? buffer : undefined
  }
}
