import type { Outbox, Peer, SocketId } from '../../base/datagram.ts'

const SLAB_BYTES = 1 << 20
/** The largest UDP payload of IPv4: 65,535 less the headers of IP and UDP. */
const DATAGRAM_BYTES_MAX = 65_507
/** A run holds a window, and windows are capped at 64 blocks. */
const RUN_BYTES_MAX = 64 * DATAGRAM_BYTES_MAX
/** What may wait to be sent; beyond it datagrams are dropped, as a full network would. */
const WAITING_BYTES_MAX = 64 << 20

/** Where an outbox puts what is to be sent. */
export interface DatagramSender {
  /** Sends now or, if the system is busy, keeps the payload until it can. */
  send(socket: SocketId, payload: Uint8Array, peer: Peer): void
  /** What the socket still keeps, in bytes. 0 for a socket that is gone. */
  queuedBytes(socket: SocketId): number
}

interface Run {
  readonly slab: Uint8Array
  readonly offset: number
  readonly bytes: number
  readonly segmentBytes: number
  readonly socket: SocketId
  readonly peer: Peer
}

/**
 * Where outgoing datagrams are written, and how they leave.
 *
 * Nearly always the system takes a datagram at once and the slab is free again after `flush`. A
 * socket that could not send keeps slices of the slab: then the slab is left to it and another one
 * begun. As long as it has a queue, its datagrams are copied, so that a stuck socket never holds
 * more than one slab and what it queues itself.
 */
export class SlabOutbox implements Outbox {
  readonly #sender: DatagramSender
  readonly #onDropped: () => void
  readonly #waitingBytesMax: number
  readonly #busySockets = new Set<SocketId>()
  #slab = new Uint8Array(SLAB_BYTES)
  #usedBytes = 0
  #reservedBytes = 0
  #runs: Run[] = []
  #committedBytes = 0
  #queuedBytes = 0

  /**
   * @param onDropped - Told for each run that found the queue full.
   * @param waitingBytesMax - Committed and queued bytes in all. Default 64 MiB.
   */
  constructor(sender: DatagramSender, onDropped: () => void, waitingBytesMax = WAITING_BYTES_MAX) {
    this.#sender = sender
    this.#onDropped = onDropped
    this.#waitingBytesMax = waitingBytesMax
  }

  get slab(): Uint8Array {
    return this.#slab
  }

  reserve(bytesMax: number): number {
    if (bytesMax < 1 || bytesMax > RUN_BYTES_MAX) {
      throw new RangeError(`Cannot reserve ${bytesMax} bytes: the range is 1 to ${RUN_BYTES_MAX}`)
    }
    if (this.#usedBytes + bytesMax > this.#slab.length) this.#beginSlab(bytesMax)
    this.#reservedBytes = bytesMax
    return this.#usedBytes
  }

  commit(socket: SocketId, peer: Peer, bytes: number, segmentBytes = bytes): void {
    if (bytes < 1 || bytes > this.#reservedBytes || segmentBytes < 1) {
      const reserved = `${this.#reservedBytes} reserved, segments of ${segmentBytes}`
      throw new RangeError(`Cannot commit ${bytes} bytes: ${reserved}`)
    }
    this.#reservedBytes = 0
    if (!this.#hasRoom(bytes)) {
      this.#onDropped()
      return
    }
    const offset = this.#usedBytes
    this.#runs.push({ slab: this.#slab, offset, bytes, segmentBytes, socket, peer })
    this.#usedBytes += bytes
    this.#committedBytes += bytes
  }

  flush(): void {
    this.#refreshQueued()
    let isSlabKept = false
    for (const run of this.#runs) {
      this.#send(run)
      if (this.#busySockets.has(run.socket)) continue
      const queuedBytes = this.#sender.queuedBytes(run.socket)
      if (queuedBytes === 0) continue
      this.#busySockets.add(run.socket)
      isSlabKept = true
    }
    this.#runs.length = 0
    this.#committedBytes = 0
    this.#refreshQueued()
    if (isSlabKept) this.#slab = new Uint8Array(SLAB_BYTES)
    this.#usedBytes = 0
    this.#reservedBytes = 0
  }

  #send({ slab, offset, bytes, segmentBytes, socket, peer }: Run): void {
    const mustCopy = this.#busySockets.has(socket)
    for (let sent = 0; sent < bytes; sent += segmentBytes) {
      const start = offset + sent
      const end = offset + Math.min(sent + segmentBytes, bytes)
      const payload = mustCopy ? slab.slice(start, end) : slab.subarray(start, end)
      this.#sender.send(socket, payload, peer)
    }
  }

  #beginSlab(bytesMin: number): void {
    this.#slab = new Uint8Array(Math.max(SLAB_BYTES, bytesMin))
    this.#usedBytes = 0
  }

  #hasRoom(bytes: number): boolean {
    const fits = (): boolean =>
      this.#queuedBytes + this.#committedBytes + bytes <= this.#waitingBytesMax
    if (fits()) return true
    this.#refreshQueued()
    return fits()
  }

  #refreshQueued(): void {
    this.#queuedBytes = 0
    for (const socket of this.#busySockets) {
      const queuedBytes = this.#sender.queuedBytes(socket)
      if (queuedBytes === 0) this.#busySockets.delete(socket)
      this.#queuedBytes += queuedBytes
    }
  }
}
