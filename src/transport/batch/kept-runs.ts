import type { Peer } from '../../base/datagram.ts'
import { RunTable, SLAB_BYTES } from './run-table.ts'
import { OUTBOUND } from './words.ts'

interface KeptRun {
  readonly peer: Peer
  readonly words: Uint32Array
  readonly payload: Uint8Array
}

/** Copies of what full sockets would not take, in the order of each socket. */
export class KeptRuns {
  readonly #sockets = new Set<number>()
  #runs: KeptRun[] = []
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  isWaiting(socket: number): boolean {
    return this.#sockets.size > 0 && this.#sockets.has(socket)
  }

  /** @param sentBytes - How much of the run has left. */
  keep(table: RunTable, index: number, sentBytes: number): void {
    const start = index * OUTBOUND.words
    const words = table.runs.slice(start, start + OUTBOUND.words)
    const offset = words[OUTBOUND.offset] as number
    const payload = table.slab.slice(offset + sentBytes, offset + (words[OUTBOUND.bytes] as number))
    this.#runs.push({ peer: table.peerOf(index), words, payload })
    this.#sockets.add(words[OUTBOUND.socket] as number)
    this.#bytes += payload.length
  }

  /**
   * Gives out everything, in tables of at most one slab.
   *
   * Lazily: what the runs of an earlier table leave waiting keeps those of a later one waiting too.
   */
  *takeAll(): Generator<RunTable> {
    const runs = this.#runs
    this.#runs = []
    this.#sockets.clear()
    this.#bytes = 0
    let table = new RunTable(SLAB_BYTES)
    for (const run of runs) {
      if (!table.hasRoom(run.payload.length)) {
        yield table
        table = new RunTable(Math.max(SLAB_BYTES, run.payload.length))
      }
      if (this.isWaiting(run.words[OUTBOUND.socket] as number)) this.#keepAgain(run)
      else put(table, run)
    }
    yield table
  }

  #keepAgain(run: KeptRun): void {
    this.#runs.push(run)
    this.#bytes += run.payload.length
  }
}

function put(table: RunTable, { peer, words, payload }: KeptRun): void {
  const offset = table.usedBytes
  table.slab.set(payload, offset)
  const start = table.add(peer, payload.length)
  table.runs.set(words, start)
  table.runs[start + OUTBOUND.offset] = offset
  table.runs[start + OUTBOUND.bytes] = payload.length
}
