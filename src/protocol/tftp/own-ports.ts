import type { LocalSocket, Peer } from '../../base/datagram.ts'

/** The addresses and ports of our own sockets: a request from there is forged, and could loop. */
export class OwnPorts {
  readonly #addressesByPort = new Map<number, Set<string>>()

  /** Notes a socket that is in use. */
  add(socket: LocalSocket | undefined): void {
    if (socket === undefined) return
    const addresses = this.#addressesByPort.get(socket.port)
    if (addresses === undefined) this.#addressesByPort.set(socket.port, new Set([socket.address]))
    else addresses.add(socket.address)
  }

  /** True when the peer is one of our own sockets. */
  has({ address, port }: Peer): boolean {
    return this.#addressesByPort.get(port)?.has(address) ?? false
  }
}
