import type { JournalEntry } from './journal.ts'

/**
 * How long a client may be silent before what it does next is something else, in ms.
 *
 * Between "not found" and the next name no device measured lets more than some seconds pass, and
 * after a file it is not much more; what asks each minute for the same file, and what boots again
 * and again, should not become one endless boot. A menu that waits longer is the price.
 */
export const QUIET_MS = 30_000

/** What is known of a client while it is there. */
export interface Visit {
  /** The address that asked first. */
  readonly client: string
  /** Id of the device, once it is known. */
  device: string | undefined
  /** When its last request ended, in ms since 1970. */
  lastMs: number
}

/** What of a request tells whose it is. */
export type VisitAsk = Pick<JournalEntry, 'client' | 'device'>

interface AtAddress<T> {
  /** Nobody knows which device it is of. */
  anonymous: T | undefined
  readonly named: Set<T>
}

/**
 * Who is there, by device and by address; ports differ with each file.
 *
 * A device may be told by some of the names that it asks for only: what else comes from its address
 * is its own, unless several devices are behind that address.
 */
export class OpenVisits<T extends Visit> {
  readonly #quietMs: number
  readonly #max: number
  /** The one that was silent longest first. */
  readonly #all = new Set<T>()
  readonly #byDevice = new Map<string, T>()
  readonly #byAddress = new Map<string, AtAddress<T>>()
  #ended: T[] = []

  /** @param limits - Visits that are open at the same time; of more the oldest ends. */
  constructor({ quietMs, max }: { readonly quietMs: number; readonly max: number }) {
    this.#quietMs = quietMs
    this.#max = max
  }

  get size(): number {
    return this.#all.size
  }

  /** Whose request it is; undefined: that of one who was not there. */
  find({ device, client }: VisitAsk, startMs: number): T | undefined {
    const known = this.#lively(
      device === undefined ? undefined : this.#byDevice.get(device),
      startMs,
    )
    if (known !== undefined) return known
    const there = this.#byAddress.get(client.address)
    const anonymous = this.#lively(there?.anonymous, startMs)
    if (anonymous !== undefined || device !== undefined) return anonymous
    return there && this.#onlyOne(there, startMs)
  }

  /** Notes that it is there still, or newly, and who it is if that is said. */
  touch(visit: T, device: string | undefined): void {
    if (device !== undefined && visit.device === undefined) {
      this.#leaveAddress(visit)
      visit.device = device
    }
    this.#all.delete(visit)
    this.#all.add(visit)
    this.#enterAddress(visit)
    if (visit.device !== undefined) this.#byDevice.set(visit.device, visit)
    if (this.#all.size <= this.#max) return
    const [oldest] = this.#all
    if (oldest !== undefined) this.#end(oldest)
  }

  /** Forgets one, which is not among those that ended. */
  remove(visit: T): void {
    this.#all.delete(visit)
    this.#leaveAddress(visit)
    if (visit.device !== undefined) this.#byDevice.delete(visit.device)
  }

  /** Ends what was silent for long. */
  sweep(nowMs: number): void {
    for (const visit of this.#all) {
      if (this.#lively(visit, nowMs) !== undefined) break
    }
  }

  /** Those that ended since this was asked last. */
  takeEnded(): readonly T[] {
    if (this.#ended.length === 0) return this.#ended
    const ended = this.#ended
    this.#ended = []
    return ended
  }

  #lively(visit: T | undefined, nowMs: number): T | undefined {
    if (visit === undefined || nowMs - visit.lastMs < this.#quietMs) return visit
    this.#end(visit)
    return undefined
  }

  #end(visit: T): void {
    this.remove(visit)
    this.#ended.push(visit)
  }

  #onlyOne({ named }: AtAddress<T>, startMs: number): T | undefined {
    let found: T | undefined
    for (const visit of named) {
      if (this.#lively(visit, startMs) === undefined) continue
      if (found !== undefined) return undefined
      found = visit
    }
    return found
  }

  #enterAddress(visit: T): void {
    let there = this.#byAddress.get(visit.client)
    if (there === undefined) {
      there = { anonymous: undefined, named: new Set() }
      this.#byAddress.set(visit.client, there)
    }
    if (visit.device === undefined) there.anonymous = visit
    else there.named.add(visit)
  }

  #leaveAddress(visit: T): void {
    const there = this.#byAddress.get(visit.client)
    if (there === undefined) return
    if (there.anonymous === visit) there.anonymous = undefined
    there.named.delete(visit)
    if (there.anonymous === undefined && there.named.size === 0) {
      this.#byAddress.delete(visit.client)
    }
  }
}
