import type { JournalEntry } from './journal.ts'

/** One walk of a device through a list of names, to the one that it got. */
export interface Boot {
  /** When the first name was asked, ISO 8601. */
  readonly at: string
  /** The address that asked. */
  readonly client: string
  /** Id of the device, where it is known. */
  readonly device?: string
  /** The names that are not there, each once, in order; at most 64. */
  readonly missed: readonly string[]
  /** How many of them there were. */
  readonly missedCount: number
  /** The name that it got; absent when it got none and asked no more. */
  readonly got?: string
  /** From the first request to the last, in ms. */
  readonly durationMs: number
}

/**
 * How long a device may be silent within one walk, in ms. PXELINUX needs 131 s to give up one name,
 * but that name then has no answer; between "not found" and the next name no device measured lets
 * more than some seconds pass.
 */
const QUIET_MS = 30_000
/** Devices that walk at the same time; of more the one that was silent longest is forgotten. */
const WALKS_MAX = 10_000
/** Names of one walk that are kept. */
const NAMES_MAX = 64

interface Walk {
  readonly key: string
  readonly startedAt: string
  readonly startMs: number
  readonly client: string
  device: string | undefined
  readonly names: Set<string>
  missedCount: number
  lastMs: number
}

/**
 * Folds the requests of a device that looks for its file into one. What it looks for in vain is no
 * fault: PXELINUX asks up to 11 names, phones a handful.
 *
 * A walk is two names or more that are not there, and the one that is. Time is that of the entries.
 */
export class BootFold {
  /** The one that was silent longest first. */
  readonly #walks = new Map<string, Walk>()

  /** Walks that are not over. */
  get openCount(): number {
    return this.#walks.size
  }

  /** Takes what happened. @returns The walk that ends with it. */
  record(entry: JournalEntry): Boot | undefined {
    const startMs = Date.parse(entry.at)
    const endMs = startMs + entry.durationMs
    const key = entry.device ?? entry.client.address
    const walk = this.#walkOf(key, entry, startMs)
    if (entry.outcome === 'missing') {
      this.#missed(walk ?? newWalk(key, entry, startMs), entry, endMs)
      return undefined
    }
    if (walk === undefined || !isHad(entry)) return undefined
    this.#walks.delete(walk.key)
    return bootOf(walk, endMs, entry.path)
  }

  /** Ends what has been silent for long. @returns The walks that found nothing. */
  sweep(nowMs: number): readonly Boot[] {
    const ended: Boot[] = []
    for (const walk of this.#walks.values()) {
      if (nowMs - walk.lastMs < QUIET_MS) break
      this.#walks.delete(walk.key)
      const boot = bootOf(walk, walk.lastMs, undefined)
      if (boot !== undefined) ended.push(boot)
    }
    return ended
  }

  /** A device may become known in the middle of its walk, by a name that tells it. */
  #walkOf(key: string, entry: JournalEntry, nowMs: number): Walk | undefined {
    const walk = this.#walks.get(key) ?? this.#walks.get(entry.client.address)
    if (walk === undefined) return undefined
    if (nowMs - walk.lastMs < QUIET_MS) return walk
    this.#walks.delete(walk.key)
    return undefined
  }

  #missed(walk: Walk, { path, device }: JournalEntry, endMs: number): void {
    walk.device ??= device
    walk.lastMs = endMs
    if (!walk.names.has(path)) {
      walk.missedCount += 1
      if (walk.names.size < NAMES_MAX) walk.names.add(path)
    }
    this.#walks.delete(walk.key)
    this.#walks.set(walk.key, walk)
    if (this.#walks.size <= WALKS_MAX) return
    const [oldest] = this.#walks.keys()
    if (oldest !== undefined) this.#walks.delete(oldest)
  }
}

/** `10.0.0.7 (phone-1): asked 9 names, got the 10th: /pxelinux.cfg/default`. */
export function describeBoot({ client, device, missedCount, got }: Boot): string {
  const who = device === undefined ? client : `${client} (${device})`
  if (got === undefined) return `${who}: asked ${missedCount} names, got none of them`
  return `${who}: asked ${missedCount} names, got the ${ordinal(missedCount + 1)}: ${got}`
}

function newWalk(key: string, { at, client, device }: JournalEntry, startMs: number): Walk {
  const { address } = client
  const names = new Set<string>()
  return { key, startedAt: at, startMs, client: address, device, names, missedCount: 0, lastMs: 0 }
}

/** A probe has learned that the file is there. */
function isHad({ outcome, method }: JournalEntry): boolean {
  const isRead = method !== 'WRQ' && method !== 'PUT'
  return isRead && (outcome === 'delivered' || outcome === 'answered' || outcome === 'probe')
}

/** Undefined for a single miss: that is no walk. */
function bootOf(walk: Walk, endMs: number, got: string | undefined): Boot | undefined {
  if (walk.missedCount < 2) return undefined
  return {
    at: walk.startedAt,
    client: walk.client,
    ...(walk.device === undefined ? {} : { device: walk.device }),
    missed: [...walk.names],
    missedCount: walk.missedCount,
    ...(got === undefined ? {} : { got }),
    durationMs: Math.max(0, Math.round(endMs - walk.startMs)),
  }
}

function ordinal(number: number): string {
  const isTeen = number % 100 >= 11 && number % 100 <= 13
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th')
  return `${number}${ending}`
}
