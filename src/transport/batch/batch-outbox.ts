import { getSystemErrorName } from 'node:util'
import { constants } from 'node:os'
import type { Outbox, Peer, SocketId } from '../../base/datagram.ts'
import { KeptRuns } from './kept-runs.ts'
import { RunTable, SLAB_BYTES } from './run-table.ts'
import type { SocketView } from './socket-views.ts'
import { OUTBOUND } from './words.ts'

/** The largest UDP payload of IPv4: 65,535 less the headers of IP and UDP. */
const DATAGRAM_BYTES_MAX = 65_507
/** A run holds a window, and windows are capped at 64 blocks. */
const RUN_BYTES_MAX = 64 * DATAGRAM_BYTES_MAX
/** What may wait to be sent; beyond it datagrams are dropped, as a full network would. */
const WAITING_BYTES_MAX = 64 << 20

/** What an outbox needs of its transport. */
export interface RunSender {
  view(id: SocketId): SocketView | undefined
  /** Of an IPv6 peer: its address and its interface. */
  wordsOf(peer: Peer): Uint32Array
  /** Sends the first `count` runs. @returns How many of them `results` says something about. */
  send(slab: Uint8Array, runs: Uint32Array, count: number, results: Int32Array): number
  onDropped(): void
  onFailed(code: string, peer: Peer): void
}

/**
 * Where outgoing datagrams are written, and how they leave.
 *
 * What the system would not take because a socket is full is copied and waits for `retry`, so the
 * slab is free again after each `flush`.
 */
export class BatchOutbox implements Outbox {
  readonly #sender: RunSender
  readonly #waitingBytesMax: number
  readonly #first = new RunTable(SLAB_BYTES)
  readonly #kept = new KeptRuns()
  /** Tables that were full before the flush. */
  #full: RunTable[] = []
  #table = this.#first
  #reservedBytes = 0
  #committedBytes = 0

  /** @param waitingBytesMax - Committed and kept bytes in all. Default 64 MiB. */
  constructor(sender: RunSender, waitingBytesMax = WAITING_BYTES_MAX) {
    this.#sender = sender
    this.#waitingBytesMax = waitingBytesMax
  }

  get slab(): Uint8Array {
    return this.#table.slab
  }

  /** What waits for sockets that are full, in bytes. */
  get keptBytes(): number {
    return this.#kept.bytes
  }

  reserve(bytesMax: number): number {
    if (bytesMax < 1 || bytesMax > RUN_BYTES_MAX) {
      throw new RangeError(`Cannot reserve ${bytesMax} bytes: the range is 1 to ${RUN_BYTES_MAX}`)
    }
    if (!this.#table.hasRoom(bytesMax)) {
      this.#full.push(this.#table)
      this.#table = new RunTable(Math.max(SLAB_BYTES, bytesMax))
    }
    this.#reservedBytes = bytesMax
    return this.#table.usedBytes
  }

  commit(socket: SocketId, peer: Peer, bytes: number, segmentBytes = bytes): void {
    if (bytes < 1 || bytes > this.#reservedBytes || segmentBytes < 1) {
      const reserved = `${this.#reservedBytes} reserved, segments of ${segmentBytes}`
      throw new RangeError(`Cannot commit ${bytes} bytes: ${reserved}`)
    }
    this.#reservedBytes = 0
    const view = this.#sender.view(socket)
    if (view === undefined) return
    if (this.#kept.bytes + this.#committedBytes + bytes > this.#waitingBytesMax) {
      this.#sender.onDropped()
      return
    }
    const table = this.#table
    const start = table.add(peer, bytes)
    const { runs } = table
    runs[start + OUTBOUND.socket] = view.socket.number
    runs[start + OUTBOUND.segmentBytes] = segmentBytes
    this.#writePeer(runs, start, peer)
    runs[start + OUTBOUND.isPinned] = view.pinned === undefined ? 0 : 1
    if (view.pinned !== undefined) runs.set(view.pinned, start + OUTBOUND.local)
    // Behind what already waits for that socket, or a peer would see its datagrams swapped.
    if (this.#kept.isWaiting(view.socket.number)) this.#kept.keep(table, table.removeLast(), 0)
    else this.#committedBytes += bytes
  }

  flush(): void {
    const full = this.#full
    for (const table of full) this.#send(table)
    this.#send(this.#table)
    if (full.length > 0) {
      this.#full = []
      this.#table = this.#first
    }
    this.#committedBytes = 0
    this.#reservedBytes = 0
  }

  /** Sends what was kept, now that a socket has room. */
  retry(): void {
    for (const table of this.#kept.takeAll()) this.#send(table)
  }

  #send(table: RunTable): void {
    const { slab, runs, results } = table
    const count = table.count
    table.clear()
    if (count === 0) return
    if (this.#sender.send(slab, runs, count, results) === 0) return
    for (let index = 0; index < count; index++) {
      const number = results[2 * index] as number
      if (number === 0) continue
      if (number === constants.errno.EAGAIN) {
        this.#kept.keep(table, index, results[2 * index + 1] as number)
      } else {
        this.#sender.onFailed(getSystemErrorName(-number), table.peerOf(index))
      }
    }
  }

  #writePeer(runs: Uint32Array, start: number, peer: Peer): void {
    runs[start + OUTBOUND.port] = peer.port
    if (typeof peer.key === 'number') {
      runs[start + OUTBOUND.peer] = Math.floor(peer.key / 65_536)
    } else {
      runs.set(this.#sender.wordsOf(peer), start + OUTBOUND.peer)
    }
  }
}
