import type { BatchHandler, InboundBatch, Peer, PeerKey, SocketId } from '../../base/datagram.ts'
import { formatIpv4 } from './address-words.ts'
import type { Ipv6Peers } from './ipv6-peers.ts'
import { INBOUND } from './words.ts'

/** What is handed over at once at most. */
const DATAGRAMS_MAX = 128
/**
 * Room for the largest datagram, and three cache lines more, or the headers of all slots would
 * compete for the same lines. Pages that no datagram has touched take no memory: with small
 * datagrams the slab is 512 KiB large, and 8 MiB only after 128 of the largest came at once.
 */
const SLOT_BYTES = 65_536 + 3 * 64

const PORTS = 65_536
/** `0.0.0.0/8` is "this network": an answer to 0.0.0.0 would go to this machine itself. */
const FIRST_UNICAST = 0x0100_0000
/** From here on: multicast, reserved (RFC 1112 §4) and 255.255.255.255. */
const FIRST_NOT_UNICAST = 0xe000_0000

/** Which socket a datagram came to. */
export interface ReceivedFinder {
  /** @returns Undefined for one that nobody waits for. */
  find(ends: Uint32Array, at: number): SocketId | undefined
  isIpv6(socket: SocketId): boolean
}

/** What the addon received in one go, as those who speak a protocol see it. */
export class BatchInbox implements InboundBatch {
  readonly slab = new Uint8Array(DATAGRAMS_MAX * SLOT_BYTES)
  readonly offsets = new Uint32Array(DATAGRAMS_MAX)
  readonly lengths = new Uint32Array(DATAGRAMS_MAX)
  readonly sockets = new Uint16Array(DATAGRAMS_MAX)
  /** Both ends of each datagram, as the addon describes them. */
  readonly ends = new Uint32Array(DATAGRAMS_MAX * INBOUND.words)
  /** Where in `ends` the datagrams are that were not dropped. */
  readonly #starts = new Uint32Array(DATAGRAMS_MAX)
  readonly #finder: ReceivedFinder
  readonly #ipv6Peers: Ipv6Peers
  readonly #onBatch: BatchHandler
  #count = 0

  constructor(parts: {
    readonly finder: ReceivedFinder
    readonly ipv6Peers: Ipv6Peers
    readonly onBatch: BatchHandler
  }) {
    this.#finder = parts.finder
    this.#ipv6Peers = parts.ipv6Peers
    this.#onBatch = parts.onBatch
  }

  get count(): number {
    return this.#count
  }

  peerKey(index: number): PeerKey {
    const start = this.#checked(index)
    if (this.#finder.isIpv6(this.sockets[index] as number)) {
      return (this.#ipv6Peers.find(this.ends, start) as Peer).key
    }
    return this.#word(start, INBOUND.peer) * PORTS + this.#word(start, INBOUND.port)
  }

  peer(index: number): Peer {
    const start = this.#checked(index)
    if (this.#finder.isIpv6(this.sockets[index] as number)) {
      return this.#ipv6Peers.find(this.ends, start) as Peer
    }
    const bits = this.#word(start, INBOUND.peer)
    const port = this.#word(start, INBOUND.port)
    return { key: bits * PORTS + port, address: formatIpv4(bits), port }
  }

  /**
   * Hands over what the addon put into the arrays, without what no answer may go to (port 0, a
   * multicast, broadcast or unspecified address) and what came to an address that nobody has.
   */
  deliver(received: number): void {
    for (let record = 0; record < received; record++) this.#take(record)
    if (this.#count === 0) return
    try {
      this.#onBatch(this)
    } finally {
      this.#count = 0
    }
  }

  #take(record: number): void {
    const start = record * INBOUND.words
    const socket = this.#finder.find(this.ends, start)
    if (socket === undefined || !this.#isAnswerable(socket, start)) return
    const index = this.#count
    this.offsets[index] = this.offsets[record] as number
    this.lengths[index] = this.lengths[record] as number
    this.sockets[index] = socket
    this.#starts[index] = start
    this.#count = index + 1
  }

  #isAnswerable(socket: SocketId, start: number): boolean {
    if (this.#finder.isIpv6(socket)) return this.#ipv6Peers.find(this.ends, start) !== undefined
    const bits = this.#word(start, INBOUND.peer)
    if (bits < FIRST_UNICAST || bits >= FIRST_NOT_UNICAST) return false
    return this.#word(start, INBOUND.port) !== 0
  }

  #word(start: number, word: number): number {
    return this.ends[start + word] as number
  }

  #checked(index: number): number {
    if (index >= 0 && index < this.#count) return this.#starts[index] as number
    throw new RangeError(`Cannot read datagram ${index} of a batch of ${this.#count}`)
  }
}
