import type { PeerKey, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import type { ServerTransferBase } from './server-transfer-base.ts'

/** Ended transfers that are remembered at most; the oldest are forgotten first. */
const LINGERING_MAX = 4096

/**
 * Which transfer a datagram belongs to: by the socket it came in on, then by its peer.
 *
 * A transfer stands in two tables, of the listener that was asked (where its request may be repeated) and of the
 * socket it runs on. Ended ones stay for a while, so that late packets are recognised.
 */
export class PeerTables {
  readonly #tables: (Map<PeerKey, ServerTransferBase> | undefined)[] = []
  /** In the order of their ends; those with an earlier `lingersUntil` may stand behind later ones. */
  #lingering: ServerTransferBase[] = []
  #lingeringHead = 0
  readonly #lingerMs: number

  constructor(lingerMs: number) {
    this.#lingerMs = lingerMs
  }

  /** When the oldest ended transfer may be forgotten; undefined when there is none. */
  get purgeAt(): Instant | undefined {
    return this.#lingering[this.#lingeringHead]?.lingersUntil
  }

  get lingeringCount(): number {
    return this.#lingering.length - this.#lingeringHead
  }

  find(socket: SocketId, key: PeerKey): ServerTransferBase | undefined {
    return this.#tables[socket]?.get(key)
  }

  add(transfer: ServerTransferBase): void {
    this.#table(transfer.listener).set(transfer.peer.key, transfer)
    this.#table(transfer.socket).set(transfer.peer.key, transfer)
  }

  /** Keeps an ended transfer for a while. */
  linger(transfer: ServerTransferBase, now: Instant): void {
    transfer.lingersUntil = now + this.#lingerMs
    this.#lingering.push(transfer)
    if (this.lingeringCount > LINGERING_MAX) this.#forgetOldest()
  }

  /** Forgets ended transfers whose time is over. */
  purge(now: Instant): void {
    while ((this.purgeAt ?? Number.POSITIVE_INFINITY) <= now) this.#forgetOldest()
  }

  /** All transfers, ended ones included, each once. */
  transfers(): ReadonlySet<ServerTransferBase> {
    return new Set(this.#tables.flatMap((table) => [...(table?.values() ?? [])]))
  }

  #forgetOldest(): void {
    const transfer = this.#lingering[this.#lingeringHead]
    if (transfer === undefined) return
    this.#lingeringHead += 1
    if (this.#lingeringHead > 1024) {
      this.#lingering = this.#lingering.slice(this.#lingeringHead)
      this.#lingeringHead = 0
    }
    for (const socket of [transfer.listener, transfer.socket]) {
      const table = this.#tables[socket]
      if (table?.get(transfer.peer.key) === transfer) table.delete(transfer.peer.key)
    }
  }

  #table(socket: SocketId): Map<PeerKey, ServerTransferBase> {
    this.#tables[socket] ??= new Map()
    return this.#tables[socket]
  }
}
