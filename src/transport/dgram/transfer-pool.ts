import type { LocalSocket, SocketId } from '../../base/datagram.ts'
import type { ListenError } from '../listen-error.ts'

/**
 * The ports of one local address that transfers take in turn.
 *
 * A port is opened when the first transfer needs it: a machine with hundreds of addresses (one per
 * container) uses none for addresses that nobody asks.
 */
export class TransferPool {
  readonly #ids: SocketId[] = []
  readonly #open: () => LocalSocket
  readonly #socketsMax: number
  readonly #onFailure: (error: ListenError) => void
  #nextIndex = 0

  constructor(parts: {
    readonly open: () => LocalSocket
    readonly socketsMax: number
    /** Told when a port could not be opened; the pool goes on with those it has. */
    readonly onFailure: (error: ListenError) => void
  }) {
    this.#open = parts.open
    this.#socketsMax = parts.socketsMax
    this.#onFailure = parts.onFailure
  }

  get ids(): readonly SocketId[] {
    return this.#ids
  }

  /** The next port's socket; undefined if not a single one could be opened. */
  next(): SocketId | undefined {
    if (this.#ids.length < this.#socketsMax) {
      const id = this.#grow()
      if (id !== undefined) return id
    }
    const id = this.#ids[this.#nextIndex % this.#ids.length]
    this.#nextIndex += 1
    return id
  }

  #grow(): SocketId | undefined {
    try {
      const { id } = this.#open()
      this.#ids.push(id)
      return id
    } catch (error) {
      this.#onFailure(error as ListenError)
      return undefined
    }
  }
}
