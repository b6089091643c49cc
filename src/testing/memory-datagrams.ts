import type { InboundBatch, Outbox, Peer, PeerKey, SocketId } from '../base/datagram.ts'

/** One datagram on its way out. */
export interface SentDatagram {
  readonly socket: SocketId
  readonly peer: Peer
  /** A view of the outbox's slab: valid only during the call. */
  readonly bytes: Uint8Array
}

const SLAB_BYTES = 64 * 65_507

/** An outbox without sockets: each datagram is told at once. Checks what a transport would. */
export class MemoryOutbox implements Outbox {
  readonly slab = new Uint8Array(SLAB_BYTES)
  readonly #onDatagram: (sent: SentDatagram) => void
  #reservedBytes = 0

  constructor(onDatagram: (sent: SentDatagram) => void) {
    this.#onDatagram = onDatagram
  }

  reserve(bytesMax: number): number {
    if (bytesMax < 1 || bytesMax > SLAB_BYTES) {
      throw new RangeError(`Cannot reserve ${bytesMax} bytes: the range is 1 to ${SLAB_BYTES}`)
    }
    this.#reservedBytes = bytesMax
    return 0
  }

  commit(socket: SocketId, peer: Peer, bytes: number, segmentBytes = bytes): void {
    const isRun = segmentBytes < bytes
    if (bytes < 1 || bytes > this.#reservedBytes || segmentBytes < 1) {
      throw new RangeError(`Cannot commit ${bytes} bytes: ${this.#reservedBytes} are reserved`)
    }
    if (isRun && (bytes > 65_000 || Math.ceil(bytes / segmentBytes) > 64)) {
      throw new RangeError(`Cannot commit ${bytes} bytes in segments of ${segmentBytes}: too many`)
    }
    this.#reservedBytes = 0
    for (let start = 0; start < bytes; start += segmentBytes) {
      const end = Math.min(start + segmentBytes, bytes)
      this.#onDatagram({ socket, peer, bytes: this.slab.subarray(start, end) })
    }
  }
}

/** A batch of one datagram, filled anew for each. */
export class MemoryBatch implements InboundBatch {
  readonly count = 1
  readonly slab = new Uint8Array(65_536)
  readonly offsets = new Uint32Array(1)
  readonly lengths = new Uint32Array(1)
  readonly sockets = new Uint16Array(1)
  #peer: Peer = { key: 0, address: '', port: 0 }

  /** Puts a datagram in. */
  set(socket: SocketId, peer: Peer, bytes: Uint8Array): this {
    this.slab.set(bytes)
    this.lengths[0] = bytes.length
    this.sockets[0] = socket
    this.#peer = peer
    return this
  }

  peerKey(): PeerKey {
    return this.#peer.key
  }

  peer(): Peer {
    return this.#peer
  }
}

/** A peer as a transport would describe it. IPv4 only. */
export function memoryPeer(address: string, port: number): Peer {
  const bits = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return { key: bits * 65_536 + port, address, port }
}
