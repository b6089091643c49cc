import type { PeerKey, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'

/** A transfer that ended. */
export interface EndedTransfer {
  /** The socket that was asked. */
  readonly listener: SocketId
  /** The socket that answered. */
  readonly socket: SocketId
  /** The block whose ACK is repeated to repeats: the last one of a write. */
  readonly lastBlockNumber: number | undefined
}

/** What is remembered of a transfer that ended. */
export interface Tombstone extends EndedTransfer {
  readonly until: Instant
  /** Repeats that may still be answered. */
  repeatsLeft: number
}

/** Beyond this the oldest are forgotten: their peers' late packets meet an ERROR 5. */
const COUNT_MAX = 8192
/** No client repeats its last block so often. */
const REPEATS_MAX = 16
/** They are looked at once in so many ms: an idle server need not wake for each. */
const SWEEP_MS = 1000

/** Transfers that ended lately: what still comes for them is no stranger's. */
export class Tombstones {
  readonly #byPeer = new Map<PeerKey, Tombstone>()
  readonly #keepMs: number

  /** @param keepMs - How long each stays, in ms. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs
  }

  get count(): number {
    return this.#byPeer.size
  }

  /** When `sweep` should next be called; undefined when there are none. */
  get wakeAt(): Instant | undefined {
    for (const { until } of this.#byPeer.values()) return Math.ceil(until / SWEEP_MS) * SWEEP_MS
    return undefined
  }

  /** Remembers the end of a peer's transfer, in place of an earlier one. */
  add(key: PeerKey, ended: EndedTransfer, now: Instant): void {
    if (this.#keepMs === 0) return
    const until = now + this.#keepMs
    this.#byPeer.delete(key)
    this.#byPeer.set(key, { ...ended, until, repeatsLeft: REPEATS_MAX })
    if (this.#byPeer.size <= COUNT_MAX) return
    for (const oldest of this.#byPeer.keys()) {
      this.#byPeer.delete(oldest)
      break
    }
  }

  /** What is remembered of a peer. */
  get(key: PeerKey, now: Instant): Tombstone | undefined {
    const tombstone = this.#byPeer.get(key)
    return tombstone !== undefined && tombstone.until > now ? tombstone : undefined
  }

  /** Forgets those whose time is over. */
  sweep(now: Instant): void {
    for (const [key, { until }] of this.#byPeer) {
      if (until > now) break
      this.#byPeer.delete(key)
    }
  }

  clear(): void {
    this.#byPeer.clear()
  }
}
