import type { PeerKey, SocketId } from '../../base/datagram.ts'
import { SlotMap } from '../../base/slot-map.ts'
import type { EndpointTransfer } from './endpoint-transfer.ts'

/**
 * Live transfers by peer.
 *
 * A peer has one with each of our addresses; nearly always that is one, so further ones hang on it
 * as a list.
 */
export class PeerTable {
  readonly #first = new SlotMap<PeerKey, EndpointTransfer>()
  readonly #countByAddress = new Map<string, number>()
  #size = 0

  /** Live transfers in all. */
  get size(): number {
    return this.#size
  }

  /** True when the peer has any transfer. */
  has(key: PeerKey): boolean {
    return this.#first.has(key)
  }

  /** Live transfers of one address, whatever their ports. */
  countOf(address: string): number {
    return this.#countByAddress.get(address) ?? 0
  }

  /** The peer's transfer that runs on a socket. */
  on(key: PeerKey, socket: SocketId): EndpointTransfer | undefined {
    let transfer = this.#first.get(key)
    while (transfer !== undefined && transfer.socket !== socket) transfer = transfer.sibling
    return transfer
  }

  /** The first of the peer's transfers that fits. */
  find(key: PeerKey, isFit: (transfer: EndpointTransfer) => boolean): EndpointTransfer | undefined {
    let transfer = this.#first.get(key)
    while (transfer !== undefined && !isFit(transfer)) transfer = transfer.sibling
    return transfer
  }

  /** Takes a transfer in. */
  add(transfer: EndpointTransfer): void {
    const { key, address } = transfer.peer
    transfer.sibling = this.#first.get(key)
    this.#first.set(key, transfer)
    this.#countByAddress.set(address, this.countOf(address) + 1)
    this.#size += 1
  }

  /** Takes a transfer out that is in. */
  remove(transfer: EndpointTransfer): void {
    const { key, address } = transfer.peer
    const before = this.find(key, ({ sibling }) => sibling === transfer)
    if (before !== undefined) before.sibling = transfer.sibling
    else if (transfer.sibling === undefined) this.#first.delete(key)
    else this.#first.set(key, transfer.sibling)
    transfer.sibling = undefined
    const left = this.countOf(address) - 1
    if (left > 0) this.#countByAddress.set(address, left)
    else this.#countByAddress.delete(address)
    this.#size -= 1
  }

  /** All transfers, as they are now. */
  all(): EndpointTransfer[] {
    const transfers: EndpointTransfer[] = []
    for (const [, first] of this.#first.entries()) {
      for (let one: EndpointTransfer | undefined = first; one; one = one.sibling)
        transfers.push(one)
    }
    return transfers
  }
}
