import type { LocalSocket, Peer, SocketId } from '../../base/datagram.ts'
import { ListenError } from '../listen-error.ts'
import {
  broadcastAddress,
  describeAddress,
  isNeighbour,
  type LocalAddress,
} from '../local-address.ts'
import type { LocalEnd, OpenWildcard } from './listeners.ts'
import type { SocketTable } from './socket-table.ts'

/** All hosts of the link (RFC 919 §7). */
const LIMITED_BROADCAST = '255.255.255.255'

interface BroadcastListener {
  readonly local: LocalSocket
  /** Undefined for the limited broadcast address, which every interface hears. */
  readonly interfaceName: string | undefined
}

/**
 * The sockets that hear requests to broadcast addresses, which old boot ROMs and Cisco IOS send.
 *
 * Sockets bound to unicast addresses do not hear them. Nothing is answered from here: an answer
 * comes from a unicast address. Where a system does not let broadcast addresses be bound, such
 * requests go unheard, and that is all.
 */
export class BroadcastListeners {
  readonly #listeners = new Map<SocketId, BroadcastListener>()
  readonly #table: SocketTable
  readonly #onDebug: (message: string) => void
  /** What failed in the last round, so that each failure is told once. */
  #failed = new Set<string>()

  constructor(table: SocketTable, onDebug: (message: string) => void) {
    this.#table = table
    this.#onDebug = onDebug
  }

  get(id: SocketId): BroadcastListener | undefined {
    return this.#listeners.get(id)
  }

  /** Opens what is missing for these wildcards and addresses, and closes what is left over. */
  follow(wildcards: readonly OpenWildcard[], addresses: readonly LocalAddress[]): void {
    const wanted = broadcastPlaces(wildcards, addresses)
    for (const [id, { local }] of this.#listeners) {
      if (wanted.delete(placeKey(local.address, local.port))) continue
      this.#listeners.delete(id)
      this.#table.close(id)
    }
    const failed = new Set<string>()
    for (const [key, place] of wanted) if (!this.#open(place)) failed.add(key)
    this.#failed = failed
  }

  #open({ address, port, near }: BroadcastPlace): boolean {
    try {
      const at = { ...(near ?? describeAddress(address, [])), address }
      const local = this.#table.open({ at, port, role: 'listen', isShared: true })
      this.#listeners.set(local.id, { local, interfaceName: near?.interfaceName })
      return true
    } catch (error) {
      if (!(error instanceof ListenError)) throw error
      if (!this.#failed.has(placeKey(address, port))) {
        this.#onDebug(`Requests to ${address} go unheard. ${error.message}`)
      }
      return false
    }
  }
}

interface BroadcastPlace {
  readonly address: string
  readonly port: number
  /** The local address whose network this is. */
  readonly near: LocalAddress | undefined
}

function placeKey(address: string, port: number): string {
  return `${address}:${port}`
}

function broadcastPlaces(
  wildcards: readonly OpenWildcard[],
  addresses: readonly LocalAddress[],
): Map<string, BroadcastPlace> {
  const places = new Map<string, BroadcastPlace>()
  for (const { family, port } of wildcards) {
    if (family !== 'IPv4') continue
    const limited = { address: LIMITED_BROADCAST, port, near: undefined }
    places.set(placeKey(LIMITED_BROADCAST, port), limited)
    for (const near of addresses) {
      const address = broadcastAddress(near)
      if (address !== undefined) places.set(placeKey(address, port), { address, port, near })
    }
  }
  return places
}

/**
 * The local address that answers a request to a broadcast address: one in the peer's own network,
 * the smallest of them first; else the first of the interface that heard it; else the first that is
 * not the loopback.
 */
export function answeringEnd(
  ends: Iterable<LocalEnd>,
  listener: BroadcastListener,
  peer: Peer,
): LocalEnd | undefined {
  const able = [...ends].filter((end) => listenerOn(end, listener.local.port) !== undefined)
  const neighbours = able
    .filter(({ at }) => isNeighbour(peer.address, at))
    .sort((one, other) => other.at.prefixBits - one.at.prefixBits)
  const outside = able.filter(({ at }) => at.family === 'IPv4' && !at.isLoopback)
  return (
    neighbours[0] ??
    outside.find(({ at }) => at.interfaceName === listener.interfaceName) ??
    outside[0]
  )
}

/** The listener of a local address on one port. */
export function listenerOn(end: LocalEnd, port: number): SocketId | undefined {
  return end.listeners.find(({ local }) => local.port === port)?.local.id
}
