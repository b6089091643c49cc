import type { DatagramTransport, LocalSocket, Peer, SocketId } from '../../base/datagram.ts'
import { FailureLog } from '../dgram/failure-log.ts'
import { type FixedPlace, planListening, type WildcardPlace } from '../dgram/listen-plan.ts'
import { TransferPool } from '../dgram/transfer-pool.ts'
import { ListenError } from '../listen-error.ts'
import { describeAddress, type LocalAddress, systemLocalAddresses } from '../local-address.ts'
import { type TransportOptions, type TransportSettings, transportSettings } from '../options.ts'
import { noteSendFailure } from '../send-failure.ts'
import type { BatchAddon, NativeTransport } from './addon.ts'
import { BatchInbox } from './batch-inbox.ts'
import { BatchOutbox, type RunSender } from './batch-outbox.ts'
import { InterfaceNames } from './interface-names.ts'
import { Ipv6Peers } from './ipv6-peers.ts'
import { type NativeSocket, NativeSockets } from './native-sockets.ts'
import { SocketViews, type SocketView } from './socket-views.ts'

/** A machine without IPv6 refuses `::` by one of these. */
const NO_FAMILY = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL'])

/**
 * Opens a transport on the addon, which receives and sends many datagrams by one system call.
 *
 * A wildcard is one socket. It hears requests to every address, also to those that come later and
 * to broadcast addresses, and the system tells where each was sent to.
 *
 * @throws {ListenError} When an address cannot be listened on; nothing is left open then.
 * @throws {RangeError} When an option is out of its range.
 */
export async function openBatchTransport(
  addon: BatchAddon,
  options: TransportOptions,
): Promise<DatagramTransport> {
  const transport = new BatchTransport(addon, transportSettings(options, systemLocalAddresses))
  try {
    transport.open()
  } catch (error) {
    await transport.close()
    throw error
  }
  return transport
}

class BatchTransport implements DatagramTransport, RunSender {
  readonly #settings: TransportSettings
  readonly #addon: BatchAddon
  readonly #native: NativeTransport
  readonly #failures: FailureLog
  readonly #views: SocketViews
  readonly #sockets: NativeSockets
  readonly #inbox: BatchInbox
  readonly #outbox: BatchOutbox
  readonly #ipv6Peers: Ipv6Peers
  /** The ports that transfers take in turn, by the address they are bound to. */
  readonly #pools = new Map<string, TransferPool>()
  #closed: Promise<void> | undefined

  constructor(addon: BatchAddon, settings: TransportSettings) {
    this.#settings = settings
    this.#addon = addon
    this.#failures = new FailureLog(settings.onWarning)
    const names = new InterfaceNames(settings.localAddresses)
    this.#views = new SocketViews({
      names,
      list: settings.localAddresses,
      onAppeared: (local) => this.#tellAppeared(local),
      onOverflow: () => this.#failures.note('addresses', tooManyAddresses),
    })
    this.#ipv6Peers = new Ipv6Peers(names)
    const { onBatch } = settings
    this.#inbox = new BatchInbox({ finder: this.#views, ipv6Peers: this.#ipv6Peers, onBatch })
    this.#outbox = new BatchOutbox(this)
    const { slab, offsets, lengths, ends } = this.#inbox
    this.#native = addon.create(slab, offsets, lengths, ends, this.#onReady)
    this.#sockets = new NativeSockets(addon, this.#native, settings)
  }

  get listeners(): readonly LocalSocket[] {
    return this.#closed === undefined ? this.#views.listeners() : []
  }

  get slab(): Uint8Array {
    return this.#outbox.slab
  }

  /** @throws {ListenError} */
  open(): void {
    const { fixed, wildcards } = planListening(this.#settings.listen)
    const addresses = this.#addresses()
    for (const place of fixed) if (!isCovered(place, wildcards)) this.#listen(place, addresses)
    for (const place of wildcards) this.#listenEverywhere(place, addresses)
  }

  socket(id: SocketId): LocalSocket | undefined {
    return this.#closed === undefined ? this.#views.get(id)?.local : undefined
  }

  transferSocket(listener: SocketId, _peer: Peer): SocketId {
    const view = this.#views.get(listener)
    if (view === undefined || this.#settings.singlePort || this.#closed) return listener
    const id = this.#poolOf(view).next()
    const socket = id === undefined ? undefined : this.#views.get(id)?.socket
    return (socket && this.#views.same(socket, view)) ?? listener
  }

  reserve(bytesMax: number): number {
    return this.#outbox.reserve(bytesMax)
  }

  commit(socket: SocketId, peer: Peer, bytes: number, segmentBytes?: number): void {
    this.#outbox.commit(socket, peer, bytes, segmentBytes)
  }

  flush(): void {
    this.#outbox.flush()
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#addon.close(this.#native, resolve))
    return this.#closed
  }

  view(id: SocketId): SocketView | undefined {
    return this.#closed === undefined ? this.#views.get(id) : undefined
  }

  wordsOf(peer: Peer): Uint32Array {
    return this.#ipv6Peers.wordsOf(peer)
  }

  send(slab: Uint8Array, runs: Uint32Array, count: number, results: Int32Array): number {
    if (this.#closed !== undefined) return 0
    return this.#addon.send(this.#native, slab, runs, count, results)
  }

  onDropped(): void {
    this.#failures.note('queue full', () => 'Cannot send as fast as asked: datagrams are dropped')
  }

  onFailed(code: string, { address, port }: Peer): void {
    noteSendFailure(this.#failures, { code, address, port })
  }

  readonly #onReady = (count: number, isWritable: boolean): void => {
    if (isWritable) this.#outbox.retry()
    this.#inbox.deliver(count)
  }

  #listen(place: FixedPlace, addresses: readonly LocalAddress[]): NativeSocket {
    const socket = this.#sockets.bind({ ...place, role: 'listen' })
    this.#views.add(socket, describeAddress(place.address, addresses))
    const { onDebug, receiveBufferBytes } = this.#settings
    onDebug(`Receive buffer of ${place.address}: ${socket.bufferBytes} of ${receiveBufferBytes}`)
    return socket
  }

  #listenEverywhere({ family, port }: WildcardPlace, addresses: readonly LocalAddress[]): void {
    const address = family === 'IPv4' ? '0.0.0.0' : '::'
    try {
      const socket = this.#listen({ address, port }, addresses)
      for (const at of addresses) if (at.family === family) this.#views.reveal(socket, at)
    } catch (error) {
      const isMissing = error instanceof ListenError && NO_FAMILY.has(error.code)
      if (!isMissing || this.#settings.listen.length === 1) throw error
      this.#settings.onDebug(`No ${family} on this machine: ${error.message}`)
    }
  }

  #poolOf({ socket, at }: SocketView): TransferPool {
    const { address } = socket
    let pool = this.#pools.get(address)
    if (pool === undefined) {
      pool = new TransferPool({
        open: () => {
          const transfer = this.#sockets.bind({ address, port: 0, role: 'transfer' })
          return this.#views.add(transfer, at).local
        },
        socketsMax: this.#settings.transferPorts,
        onFailure: (error) => this.#failures.note(`pool ${error.code}`, () => error.message),
      })
      this.#pools.set(address, pool)
    }
    return pool
  }

  #tellAppeared({ address }: LocalSocket): void {
    this.#settings.onDebug(`Address ${address} was asked for the first time`)
    this.#settings.onAddressesChanged(this.listeners)
  }

  /** Only what is told of listeners needs them; datagrams say themselves where they went. */
  #addresses(): readonly LocalAddress[] {
    try {
      return this.#settings.localAddresses()
    } catch (error) {
      this.#settings.onDebug(`Cannot list the addresses of this machine: ${messageOf(error)}`)
      return []
    }
  }
}

/** A wildcard hears its port on every address, and the system would not bind it beside another. */
function isCovered({ address, port }: FixedPlace, wildcards: readonly WildcardPlace[]): boolean {
  const family = address.includes(':') ? 'IPv6' : 'IPv4'
  return wildcards.some((wildcard) => wildcard.family === family && wildcard.port === port)
}

function tooManyAddresses(): string {
  return 'Cannot answer from more addresses: requests to others are dropped'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
