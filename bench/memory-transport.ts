import type {
  DatagramTransport,
  InboundBatch,
  LocalSocket,
  Peer,
  SocketId,
} from '../src/base/datagram.ts'

const SLAB_BYTES = 4 * 2 ** 20
const BATCH_MAX = 256

/** Where what is sent arrives. The bytes are valid during the call only. */
export type OnSent = (peer: Peer, slab: Uint8Array, at: { offset: number; bytes: number }) => void

/** A transport without sockets: what leaves is told at the next flush. */
export class MemoryTransport implements DatagramTransport {
  readonly listeners: readonly LocalSocket[] = [local(0, 'listen')]
  readonly slab = new Uint8Array(SLAB_BYTES)
  readonly #onSent: OnSent
  readonly #offsets: number[] = []
  readonly #bytes: number[] = []
  readonly #segments: number[] = []
  readonly #peers: Peer[] = []
  #end = 0
  #reserved = 0

  constructor(onSent: OnSent) {
    this.#onSent = onSent
  }

  socket(id: SocketId): LocalSocket {
    return local(id, id === 0 ? 'listen' : 'transfer')
  }

  transferSocket(): SocketId {
    return 1
  }

  reserve(bytesMax: number): number {
    if (this.#end + bytesMax > SLAB_BYTES) this.flush()
    this.#reserved = this.#end
    return this.#end
  }

  commit(_socket: SocketId, peer: Peer, bytes: number, segmentBytes = bytes): void {
    this.#offsets.push(this.#reserved)
    this.#bytes.push(bytes)
    this.#segments.push(segmentBytes)
    this.#peers.push(peer)
    this.#end = this.#reserved + bytes
  }

  flush(): void {
    const count = this.#peers.length
    for (let index = 0; index < count; index += 1) {
      const peer = this.#peers[index] as Peer
      const segment = this.#segments[index] ?? 0
      const start = this.#offsets[index] ?? 0
      const end = start + (this.#bytes[index] ?? 0)
      for (let offset = start; offset < end; offset += segment) {
        this.#onSent(peer, this.slab, { offset, bytes: Math.min(segment, end - offset) })
      }
    }
    this.#offsets.length = 0
    this.#bytes.length = 0
    this.#segments.length = 0
    this.#peers.length = 0
    this.#end = 0
  }

  async close(): Promise<void> {}
}

function local(id: SocketId, role: LocalSocket['role']): LocalSocket {
  return {
    id,
    address: '127.0.0.1',
    port: 6900 + id,
    family: 'IPv4',
    role,
    payloadBytesMax: 65_507,
  }
}

/** A batch that is filled by hand. */
export class MemoryBatch implements InboundBatch {
  count = 0
  readonly slab = new Uint8Array(BATCH_MAX * 128)
  readonly offsets = new Uint32Array(BATCH_MAX)
  readonly lengths = new Uint32Array(BATCH_MAX)
  readonly sockets = new Uint16Array(BATCH_MAX)
  readonly #peers: (Peer | undefined)[] = []

  get isFull(): boolean {
    return this.count === BATCH_MAX
  }

  add(peer: Peer, socket: SocketId, bytes: Uint8Array): void {
    const offset = this.count * 128
    this.slab.set(bytes, offset)
    this.offsets[this.count] = offset
    this.lengths[this.count] = bytes.length
    this.sockets[this.count] = socket
    this.#peers[this.count] = peer
    this.count += 1
  }

  clear(): void {
    this.count = 0
  }

  peerKey(index: number): number {
    return Number(this.#peers[index]?.key)
  }

  /** A new object each time, as a transport makes it. */
  peer(index: number): Peer {
    return { ...(this.#peers[index] as Peer) }
  }
}
