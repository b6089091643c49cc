import { type Connection, openConnection } from './connection.ts'
import type { Endpoint } from './endpoint.ts'

export interface ConnectionPoolOptions {
  readonly connectMs: number
  /** Most connections that are kept; 0 keeps none. */
  readonly idleConnectionsMax: number
  readonly idleMs: number
}

interface Idle {
  readonly connection: Connection
  readonly timer: NodeJS.Timeout
}

/**
 * Connections to one application, and some that wait for the next request.
 *
 * An application of worker processes, as PHP-FPM is, keeps a worker for every connection that is
 * open, used or not, and lets further ones wait. So none is kept while a request has had no answer
 * yet, for that may be what it waits for, and one is closed when a new one is wanted.
 */
export class ConnectionPool {
  readonly #endpoint: Endpoint
  readonly #options: ConnectionPoolOptions
  /** The one that was used last is at the end. */
  readonly #idle: Idle[] = []
  readonly #unanswered = new Set<Connection>()

  constructor(endpoint: Endpoint, options: ConnectionPoolOptions) {
    this.#endpoint = endpoint
    this.#options = options
  }

  /** True when applications are asked to leave connections open. */
  get keepsConnections(): boolean {
    return this.#options.idleConnectionsMax > 0
  }

  /**
   * A connection for one request, kept or new.
   *
   * @param options.isNew - Takes none that was used before.
   * @throws As `openConnection`.
   */
  async take({
    isNew,
    signal,
  }: {
    readonly isNew: boolean
    readonly signal: AbortSignal
  }): Promise<Connection> {
    const kept = isNew ? undefined : this.#idle.pop()
    if (isNew) this.#closeIdle(this.#idle[0])
    if (kept !== undefined) {
      clearTimeout(kept.timer)
      kept.connection.resume()
    }
    const { connectMs } = this.#options
    const connection =
      kept?.connection ?? (await openConnection(this.#endpoint, { connectMs, signal }))
    this.#unanswered.add(connection)
    connection.requestCount += 1
    return connection
  }

  /** The application has begun to answer: a worker is at it. */
  answered(connection: Connection): void {
    this.#unanswered.delete(connection)
  }

  /** Takes a connection back whose request is over to the last byte. */
  giveBack(connection: Connection): void {
    this.#unanswered.delete(connection)
    const isFull = this.#idle.length >= this.#options.idleConnectionsMax
    if (isFull || this.#unanswered.size > 0) return connection.close()
    const timer = setTimeout(() => this.#closeIdle(idle), this.#options.idleMs).unref()
    const idle: Idle = { connection, timer }
    this.#idle.push(idle)
    if (!connection.rest(() => this.#closeIdle(idle))) this.#closeIdle(idle)
  }

  /** Closes a connection whose request is not over, with last words if there are any. */
  discard(connection: Connection, last?: Uint8Array): void {
    this.#unanswered.delete(connection)
    connection.close(last)
  }

  #closeIdle(idle: Idle | undefined): void {
    const index = idle === undefined ? -1 : this.#idle.indexOf(idle)
    if (idle === undefined || index < 0) return
    this.#idle.splice(index, 1)
    clearTimeout(idle.timer)
    idle.connection.close()
  }
}
