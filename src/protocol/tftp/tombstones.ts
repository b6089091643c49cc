import type { PeerKey, SocketId } from '../../base/datagram.ts'
import { SlotMap } from '../../base/slot-map.ts'
import type { Instant } from '../../base/instant.ts'

/** A transfer that ended. */
export interface EndedTransfer {
  /** The socket that was asked. */
  readonly listener: SocketId
  /** The socket that answered. */
  readonly socket: SocketId
  /** The block whose ACK is repeated to repeats: the last one of a write. */
  readonly lastBlockNumber: number | undefined
  /** Of the request, where all of the file was delivered. */
  readonly requestHash?: number | undefined
}

/** What is remembered of a transfer that ended. */
export interface Tombstone extends EndedTransfer {
  readonly key: PeerKey
  readonly endedAt: Instant
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
  readonly #byPeer = new SlotMap<PeerKey, Tombstone>()
  readonly #keepMs: number
  /**
   * A ring, oldest at `#head`: to look for the oldest in a Map would pass over all that were
   * deleted. One whose peer has had another end since still holds its place.
   */
  readonly #ring: (Tombstone | undefined)[] = []
  #head = 0
  #length = 0

  /** @param keepMs - How long each stays, in ms. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs
  }

  /** Peers that are remembered. */
  get count(): number {
    return this.#byPeer.size
  }

  /** When `sweep` should next be called; undefined when there are none. */
  get wakeAt(): Instant | undefined {
    const oldest = this.#length === 0 ? undefined : this.#ring[this.#head]
    return oldest === undefined ? undefined : Math.ceil(oldest.until / SWEEP_MS) * SWEEP_MS
  }

  /** Remembers the end of a peer's transfer, in place of an earlier one. */
  add(key: PeerKey, ended: EndedTransfer, now: Instant): void {
    if (this.#keepMs === 0) return
    if (this.#length === COUNT_MAX) this.#forgetOldest()
    const { listener, socket, lastBlockNumber, requestHash } = ended
    const until = now + this.#keepMs
    const repeatsLeft = REPEATS_MAX
    const what = { listener, socket, lastBlockNumber, requestHash }
    const tombstone = { key, ...what, endedAt: now, until, repeatsLeft }
    this.#byPeer.set(key, tombstone)
    this.#ring[(this.#head + this.#length) % COUNT_MAX] = tombstone
    this.#length += 1
  }

  /** What is remembered of a peer. */
  get(key: PeerKey, now: Instant): Tombstone | undefined {
    const tombstone = this.#byPeer.get(key)
    return tombstone !== undefined && tombstone.until > now ? tombstone : undefined
  }

  /** Forgets those whose time is over. */
  sweep(now: Instant): void {
    while (this.#length > 0 && (this.#ring[this.#head]?.until ?? 0) <= now) this.#forgetOldest()
  }

  /** Forgets all. */
  clear(): void {
    while (this.#length > 0) this.#forgetOldest()
  }

  #forgetOldest(): void {
    const oldest = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) % COUNT_MAX
    this.#length -= 1
    if (oldest !== undefined && this.#byPeer.get(oldest.key) === oldest) {
      this.#byPeer.delete(oldest.key)
    }
  }
}
