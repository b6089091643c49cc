import type { LocalSocket, SocketId } from '../../base/datagram.ts'
import { ListenError } from '../listen-error.ts'
import { describeAddress, type LocalAddress } from '../local-address.ts'
import type { FixedPlace, WildcardPlace } from './listen-plan.ts'
import type { SocketTable } from './socket-table.ts'
import { TransferPool } from './transfer-pool.ts'

/** How often a port that is free on the first address is looked for on the others too. */
const COMMON_PORT_ATTEMPTS_MAX = 16

/** One local address in use: where its requests come in, and what answers them. */
export interface LocalEnd {
  readonly at: LocalAddress
  readonly pool: TransferPool
  readonly listeners: { readonly local: LocalSocket; readonly isFixed: boolean }[]
}

/** A wildcard once its port is known. */
export interface OpenWildcard {
  readonly family: 'IPv4' | 'IPv6'
  readonly port: number
}

/** Told what could not be opened; may throw it. */
export type FailureHandler = (error: ListenError) => void

/** The unicast sockets: one listener per local address and port, one pool per local address. */
export class Listeners {
  readonly #ends = new Map<string, LocalEnd>()
  readonly #endById = new Map<SocketId, LocalEnd>()
  readonly #wildcards: OpenWildcard[] = []
  readonly #table: SocketTable
  readonly #transferPorts: number
  readonly #onPoolFailure: (error: ListenError) => void

  constructor(
    table: SocketTable,
    options: { transferPorts: number; onPoolFailure: (error: ListenError) => void },
  ) {
    this.#table = table
    this.#transferPorts = options.transferPorts
    this.#onPoolFailure = options.onPoolFailure
  }

  get wildcards(): readonly OpenWildcard[] {
    return this.#wildcards
  }

  all(): LocalSocket[] {
    return [...this.#ends.values()].flatMap((end) => end.listeners.map(({ local }) => local))
  }

  ends(): Iterable<LocalEnd> {
    return this.#ends.values()
  }

  endOf(listener: SocketId): LocalEnd | undefined {
    return this.#endById.get(listener)
  }

  /** @throws {ListenError} */
  openFixed(place: FixedPlace, known: readonly LocalAddress[]): void {
    this.#open(describeAddress(place.address, known), place.port, true)
  }

  /**
   * Listens on every address of a family that isn't listened on already.
   *
   * @throws {ListenError} What `onFailure` throws, or when no port is free on all addresses.
   */
  openWildcard(
    place: WildcardPlace,
    addresses: readonly LocalAddress[],
    onFailure: FailureHandler,
  ): void {
    if (place.port === 0) {
      this.#wildcards.push(this.#openCommonPort(place, addresses, onFailure))
      return
    }
    this.#wildcards.push(place)
    this.#openMissing(place, addresses, onFailure)
  }

  /**
   * Opens what wildcards lack on these addresses and closes what is left over.
   *
   * @returns Addresses that were taken up, and that were given up.
   */
  follow(
    addresses: readonly LocalAddress[],
    onFailure: FailureHandler,
  ): { readonly came: string[]; readonly went: string[] } {
    const went = this.#closeGone(addresses)
    const came = this.#wildcards.flatMap((wildcard) =>
      this.#openMissing(wildcard, addresses, onFailure),
    )
    return { came: [...new Set(came)], went }
  }

  #openMissing(
    { family, port }: OpenWildcard,
    addresses: readonly LocalAddress[],
    onFailure: FailureHandler,
  ): string[] {
    const opened: string[] = []
    for (const at of addresses) {
      if (at.family !== family || this.#hasListener(at.address, port)) continue
      try {
        this.#open(at, port, false)
        opened.push(at.address)
      } catch (error) {
        if (!(error instanceof ListenError)) throw error
        onFailure(error)
      }
    }
    return opened
  }

  /**
   * Devices are told one port, so all addresses of a wildcard share the one that the first got.
   * Only for port 0, whose port may be taken on another address.
   */
  #openCommonPort(
    { family }: WildcardPlace,
    addresses: readonly LocalAddress[],
    onFailure: FailureHandler,
  ): OpenWildcard {
    const first = addresses.find((at) => at.family === family)
    if (first === undefined) {
      const address = family === 'IPv4' ? '0.0.0.0' : '::'
      throw new ListenError({ code: 'EADDRNOTAVAIL', address, port: 0 })
    }
    for (let attempt = 1; ; attempt++) {
      const wildcard = { family, port: this.#open(first, 0, false).port }
      try {
        this.#openMissing(wildcard, addresses, (error) => {
          if (error.code === 'EADDRINUSE') throw error
          onFailure(error)
        })
        return wildcard
      } catch (error) {
        const isTaken = error instanceof ListenError && error.code === 'EADDRINUSE'
        if (!isTaken || attempt >= COMMON_PORT_ATTEMPTS_MAX) throw error
        this.#closeWildcard(wildcard)
      }
    }
  }

  #closeWildcard({ family, port }: OpenWildcard): void {
    for (const local of this.all()) {
      if (local.family === family && local.port === port) this.#closeListener(local.id)
    }
  }

  #open(at: LocalAddress, port: number, isFixed: boolean): LocalSocket {
    const local = this.#table.open({ at, port, role: 'listen' })
    let end = this.#ends.get(at.address)
    if (end === undefined) {
      end = { at, pool: this.#poolFor(at), listeners: [] }
      this.#ends.set(at.address, end)
    }
    end.listeners.push({ local, isFixed })
    this.#endById.set(local.id, end)
    return local
  }

  #poolFor(at: LocalAddress): TransferPool {
    return new TransferPool({
      open: () => this.#table.open({ at, port: 0, role: 'transfer' }),
      socketsMax: this.#transferPorts,
      onFailure: this.#onPoolFailure,
    })
  }

  #closeGone(addresses: readonly LocalAddress[]): string[] {
    const gone = [...this.#ends.values()].filter(
      ({ at, listeners }) =>
        listeners.some(({ isFixed }) => !isFixed) && !addresses.some((other) => isSame(at, other)),
    )
    for (const { listeners } of gone) {
      for (const { local } of listeners.filter(({ isFixed }) => !isFixed)) {
        this.#closeListener(local.id)
      }
    }
    return gone.map(({ at }) => at.address)
  }

  /** The pool goes with the last listener of its address. */
  #closeListener(id: SocketId): void {
    const end = this.#endById.get(id)
    if (end === undefined) return
    this.#endById.delete(id)
    this.#table.close(id)
    end.listeners.splice(
      end.listeners.findIndex(({ local }) => local.id === id),
      1,
    )
    if (end.listeners.length > 0) return
    for (const transferId of end.pool.ids) this.#table.close(transferId)
    this.#ends.delete(end.at.address)
  }

  #hasListener(address: string, port: number): boolean {
    const end = this.#ends.get(address)
    return end?.listeners.some(({ local }) => local.port === port) ?? false
  }
}

function isSame(one: LocalAddress, other: LocalAddress): boolean {
  return one.address === other.address && one.interfaceIndex === other.interfaceIndex
}
