/**
 * How datagrams pass between a transport and whoever speaks a protocol over it.
 *
 * Batches, not packets: what a transport read in one go lies in one slab, described by parallel
 * arrays, so that the packet path allocates nothing per datagram. A transport knows no protocol;
 * a protocol knows no sockets, only their numbers.
 */

/**
 * Names one bound socket of a transport; small, dense, never reused while the transport is open.
 */
export type SocketId = number

/**
 * Identifies a peer's address and port cheaply, for maps.
 *
 * IPv4: `address as uint32 × 65536 + port`, an exact integer below 2^48. IPv6: a string
 * `[address%scope]:port`. Two keys are equal exactly when address, scope and port are.
 */
export type PeerKey = number | string

/** A remote address and port. One object lives as long as the transfer that holds it. */
export interface Peer {
  readonly key: PeerKey
  /**
   * Textual address without brackets; IPv4-mapped IPv6 never appears (`::ffff:10.0.0.1` →
   * `10.0.0.1`).
   */
  readonly address: string
  /** 1–65535. */
  readonly port: number
}

/** One bound socket, as seen by those who decide from where to answer. */
export interface LocalSocket {
  readonly id: SocketId
  /** The address this socket answers from; never a wildcard unless the system cannot tell. */
  readonly address: string
  readonly port: number
  readonly family: 'IPv4' | 'IPv6'
  /** `listen`: devices send requests here. `transfer`: one of the pool that transfers run on. */
  readonly role: 'listen' | 'transfer'
  /**
   * The largest UDP payload that the interface carries unfragmented, in bytes (1500 less headers
   * when unknown).
   */
  readonly payloadBytesMax: number
}

/** Datagrams received in one go. Valid only during the call that hands it over. */
export interface InboundBatch {
  /** How many datagrams; indexes below run from 0 to `count - 1`. */
  readonly count: number
  /** Where all payloads lie. */
  readonly slab: Uint8Array
  readonly offsets: Uint32Array
  readonly lengths: Uint32Array
  readonly sockets: Uint16Array
  peerKey(index: number): PeerKey
  /** Materialises the peer: only for a datagram that starts something. */
  peer(index: number): Peer
}

/**
 * Where outgoing datagrams are written: straight into a transport's slab.
 *
 * `reserve` gives an offset in `slab` with room for `bytesMax`; the caller writes there and then
 * commits. Nothing leaves before the transport is flushed. `slab` may be another array after a
 * `reserve`, so read it again each time.
 */
export interface Outbox {
  readonly slab: Uint8Array
  /** Makes room for one datagram, or a run of equal ones. @returns The offset in `slab`. */
  reserve(bytesMax: number): number
  /**
   * Queues what was written at the last reserved offset.
   *
   * @param bytes - How much was written, 1 to the reserved size.
   * @param segmentBytes - If given, the run is cut into datagrams of this size, the last one
   *   shorter.
   */
  commit(socket: SocketId, peer: Peer, bytes: number, segmentBytes?: number): void
}

/** Moves batches of datagrams. Knows no protocol. */
export interface DatagramTransport extends Outbox {
  /** The bound sockets, by id. A socket that went away (an address was removed) is undefined. */
  socket(id: SocketId): LocalSocket | undefined
  readonly listeners: readonly LocalSocket[]
  /**
   * The socket on which a new transfer answers a request that came in on `listener`: the next of
   * its pool, or the listener itself with a single port. Always has the address that was asked; a
   * request to a broadcast address gets a unicast address of the same network.
   */
  transferSocket(listener: SocketId, peer: Peer): SocketId
  /** Sends all that was committed. */
  flush(): void
  /** Stops receiving and closes every socket; resolves when they are closed. */
  close(): Promise<void>
}

/** Who receives. Called once per batch; must not keep the batch. */
export type BatchHandler = (batch: InboundBatch) => void
