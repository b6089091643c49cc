import type { DatagramTransport, LocalSocket, Peer, SocketId } from '../../base/datagram.ts'
import { formatEndpoint, type ListenError } from '../listen-error.ts'
import { describeAddress, type LocalAddress, systemLocalAddresses } from '../local-address.ts'
import { type TransportOptions, type TransportSettings, transportSettings } from '../options.ts'
import { AddressWatch } from './address-watch.ts'
import { answeringEnd, BroadcastListeners, listenerOn } from './broadcast-listeners.ts'
import { FailureLog } from './failure-log.ts'
import { Inbox } from './inbox.ts'
import { planListening } from './listen-plan.ts'
import { Listeners } from './listeners.ts'
import { SlabOutbox } from './slab-outbox.ts'
import { SocketTable } from './socket-table.ts'

/**
 * Opens a transport on `node:dgram`, which runs wherever Node does.
 *
 * `node:dgram` does not tell which address a datagram was sent to, so a wildcard becomes one socket
 * per local address, and follows the addresses as they come and go. The address of an interface
 * made anew is taken up again; a fixed address is bound once and stays.
 *
 * @throws {ListenError} When an address cannot be listened on; nothing is left open then.
 * @throws {RangeError} When an option is out of its range.
 */
export async function openDgramTransport(options: TransportOptions): Promise<DatagramTransport> {
  const transport = new DgramTransport(transportSettings(options, systemLocalAddresses))
  try {
    transport.open()
  } catch (error) {
    await transport.close()
    throw error
  }
  return transport
}

class DgramTransport implements DatagramTransport {
  readonly #settings: TransportSettings
  readonly #inbox: Inbox
  readonly #outbox: SlabOutbox
  readonly #table: SocketTable
  readonly #listeners: Listeners
  readonly #broadcasts: BroadcastListeners
  readonly #watch: AddressWatch
  /** Failures of the last round, so that a lasting one is told once and not at every poll. */
  #failures = new Set<string>()
  #closed: Promise<void> | undefined

  constructor(settings: TransportSettings) {
    this.#settings = settings
    const { onWarning, onDebug, receiveBufferBytes, transferPorts, reusePort } = settings
    const failures = new FailureLog(onWarning)
    this.#inbox = new Inbox(settings.onBatch)
    this.#table = new SocketTable({ inbox: this.#inbox, failures, receiveBufferBytes, reusePort })
    this.#outbox = new SlabOutbox(this.#table, () =>
      failures.note('queue full', () => 'Cannot send as fast as asked: datagrams are dropped'),
    )
    this.#listeners = new Listeners(this.#table, {
      transferPorts,
      onPoolFailure: (error) => failures.note(`pool ${error.code}`, () => error.message),
    })
    this.#broadcasts = new BroadcastListeners(this.#table, onDebug)
    this.#watch = new AddressWatch(settings.localAddresses, (now) => this.#follow(now))
  }

  get listeners(): readonly LocalSocket[] {
    return this.#closed === undefined ? this.#listeners.all() : []
  }

  get slab(): Uint8Array {
    return this.#outbox.slab
  }

  /** @throws {ListenError} */
  open(): void {
    const plan = planListening(this.#settings.listen)
    const addresses = this.#firstAddresses()
    for (const place of plan.fixed) this.#listeners.openFixed(place, addresses)
    for (const place of plan.wildcards) {
      this.#listeners.openWildcard(place, addresses, (error) => {
        // An IPv6 address is listed while the system still checks that nobody else has it.
        if (error.code !== 'EADDRNOTAVAIL') throw error
        this.#warnOnce(error)
      })
    }
    this.#tellMissing(addresses)
    this.#broadcasts.follow(this.#listeners.wildcards, addresses)
    if (plan.wildcards.length > 0) this.#watch.start(this.#settings.addressPollMs)
    this.#tellBuffers()
  }

  socket(id: SocketId): LocalSocket | undefined {
    return this.#table.get(id)
  }

  transferSocket(listener: SocketId, peer: Peer): SocketId {
    const broadcast = this.#broadcasts.get(listener)
    const end =
      broadcast === undefined
        ? this.#listeners.endOf(listener)
        : answeringEnd(this.#listeners.ends(), broadcast, peer)
    if (end === undefined) return listener
    const own = broadcast === undefined ? listener : listenerOn(end, broadcast.local.port)
    return (this.#settings.singlePort ? own : (end.pool.next() ?? own)) ?? listener
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
    this.#watch.stop()
    this.#inbox.close()
    this.#closed ??= this.#table.closeAll()
    return this.#closed
  }

  /** Where the system does not list addresses, wildcards are bound as they are. */
  #firstAddresses(): readonly LocalAddress[] {
    try {
      return this.#watch.read()
    } catch (error) {
      this.#settings.onWarning(
        `Cannot list the addresses of this machine (${(error as Error).message}): ` +
          'a device that asks one address may be answered from another',
      )
      return ['0.0.0.0', '::'].map((address) => describeAddress(address, []))
    }
  }

  #follow(addresses: readonly LocalAddress[]): void {
    const before = this.#failures
    this.#failures = new Set()
    const { came, went } = this.#listeners.follow(addresses, (error) =>
      this.#warnOnce(error, before),
    )
    this.#broadcasts.follow(this.#listeners.wildcards, addresses)
    const { onWarning, onAddressesChanged } = this.#settings
    for (const address of went) onWarning(`Address ${address} went away: its sockets are closed`)
    for (const address of came) onWarning(`Address ${address} appeared: listening on it too`)
    if (came.length + went.length > 0) onAddressesChanged(this.listeners)
  }

  #warnOnce(error: ListenError, before: ReadonlySet<string> = new Set()): void {
    const failure = `${formatEndpoint(error.address, error.port)} ${error.code}`
    this.#failures.add(failure)
    if (before.has(failure)) return
    const { addressPollMs, onWarning } = this.#settings
    onWarning(`${error.message}; trying again every ${addressPollMs / 1000} s`)
  }

  /** A machine without IPv6 is nothing to warn of, unless nothing else is listened on. */
  #tellMissing(addresses: readonly LocalAddress[]): void {
    const { addressPollMs, onDebug, onWarning } = this.#settings
    const tell = this.listeners.length === 0 ? onWarning : onDebug
    for (const { family, port } of this.#listeners.wildcards) {
      if (addresses.some((at) => at.family === family)) continue
      const again = `looking again every ${addressPollMs / 1000} s`
      tell(`No ${family} address to listen on at port ${port}: ${again}`)
    }
  }

  #tellBuffers(): void {
    const { onDebug, receiveBufferBytes } = this.#settings
    const { grantedBufferBytes } = this.#table
    onDebug(`Receive buffer of each socket: ${grantedBufferBytes} bytes of ${receiveBufferBytes}`)
  }
}
