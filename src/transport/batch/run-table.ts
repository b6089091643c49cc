import type { Peer } from '../../base/datagram.ts'
import { OUTBOUND } from './words.ts'

/** Room for what is sent in one turn; windows of many devices take more tables. */
export const SLAB_BYTES = 1 << 20
const RUNS_MAX = 1024

/** Runs that are sent by one call of the addon, and what they are made of. */
export class RunTable {
  readonly slab: Uint8Array
  readonly runs = new Uint32Array(RUNS_MAX * OUTBOUND.words)
  /** Two words for each run: an error number or 0, and how many bytes are done with. */
  readonly results = new Int32Array(RUNS_MAX * 2)
  readonly #peers: Peer[] = []
  #count = 0
  #usedBytes = 0

  constructor(slabBytes: number) {
    this.slab = new Uint8Array(slabBytes)
  }

  get count(): number {
    return this.#count
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  hasRoom(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.slab.length && this.#count < RUNS_MAX
  }

  /**
   * Takes the next `bytes` of the slab for a run.
   *
   * @returns Where its words begin, of which place and length are written.
   */
  add(peer: Peer, bytes: number): number {
    const start = this.#count * OUTBOUND.words
    this.runs[start + OUTBOUND.offset] = this.#usedBytes
    this.runs[start + OUTBOUND.bytes] = bytes
    this.#peers[this.#count] = peer
    this.#count += 1
    this.#usedBytes += bytes
    return start
  }

  /** Takes the last run back; what it is made of stays until the next one is written. */
  removeLast(): number {
    this.#count -= 1
    this.#usedBytes = this.runs[this.#count * OUTBOUND.words + OUTBOUND.offset] as number
    return this.#count
  }

  peerOf(index: number): Peer {
    return this.#peers[index] as Peer
  }

  /** Forgets the runs; what they are made of stays until the next one is written. */
  clear(): void {
    this.#count = 0
    this.#usedBytes = 0
  }
}
