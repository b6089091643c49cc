import type { JournalEntry } from './journal.ts'
import { OpenVisits, QUIET_MS, type Visit } from './open-visits.ts'

/** A name that was asked for in vain. */
export interface MissedName {
  readonly path: string
  readonly front: JournalEntry['front']
  /** When, in ms since the first name. */
  readonly afterMs: number
  readonly isExpected?: true
}

/** One walk of a device through a list of names, to the one that it got. */
export interface Walk {
  /** When the first name was asked, ISO 8601. */
  readonly at: string
  /** The address that asked. */
  readonly client: string
  /** Id of the device, where it is known. */
  readonly device?: string
  /** The names that are not there, each once, in order; at most 64. */
  readonly missed: readonly MissedName[]
  /** How many of them there were. */
  readonly missedCount: number
  /** The name that it got; absent when it got none and asked no more. */
  readonly got?: string
  /** From the first request to the last, in ms. */
  readonly durationMs: number
}

/** Devices that walk at the same time; of more the one that was silent longest is told of. */
const WALKS_MAX = 10_000
/** Names of one walk that are kept. */
const NAMES_MAX = 64

const none: readonly Walk[] = []

interface OpenWalk extends Visit {
  readonly startedAt: string
  readonly startMs: number
  readonly names: Map<string, MissedName>
  missedCount: number
}

/**
 * Folds the requests of a device that looks for its file into one. What it looks for in vain is no
 * fault: PXELINUX asks up to 11 names, phones a handful.
 *
 * A walk is two names or more that are not there, and the one that is. Time is that of the entries.
 */
export class WalkFold {
  readonly #walks = new OpenVisits<OpenWalk>({ quietMs: QUIET_MS, max: WALKS_MAX })

  /** Walks that are not over. */
  get openCount(): number {
    return this.#walks.size
  }

  /** Takes what happened. @returns The walks that end with it, most often none. */
  record(entry: JournalEntry): readonly Walk[] {
    const isMiss = entry.outcome === 'missing'
    if (!isMiss && this.#walks.size === 0) return none
    const startMs = Date.parse(entry.at)
    const walk = this.#walks.find(entry, startMs)
    if (isMiss) this.#missed(walk ?? newWalk(entry, startMs), entry, startMs)
    const ended = this.#ended()
    if (isMiss || walk === undefined) return ended
    walk.lastMs = Math.max(walk.lastMs, startMs + entry.durationMs)
    this.#walks.touch(walk, entry.device)
    if (!isHad(entry)) return ended
    this.#walks.remove(walk)
    return [...ended, ...told(walk, entry.path)]
  }

  /** Ends what has been silent for long. @returns The walks that found nothing. */
  sweep(nowMs: number): readonly Walk[] {
    this.#walks.sweep(nowMs)
    return this.#ended()
  }

  #ended(): readonly Walk[] {
    const ended = this.#walks.takeEnded()
    return ended.length === 0 ? none : ended.flatMap((walk) => told(walk, undefined))
  }

  #missed(walk: OpenWalk, entry: JournalEntry, startMs: number): void {
    walk.lastMs = Math.max(walk.lastMs, startMs + entry.durationMs)
    const { path, front, isExpected } = entry
    if (!walk.names.has(path)) {
      walk.missedCount += 1
      const afterMs = Math.max(0, startMs - walk.startMs)
      const name = { path, front, afterMs, ...(isExpected && { isExpected }) }
      if (walk.names.size < NAMES_MAX) walk.names.set(path, name)
    }
    this.#walks.touch(walk, entry.device)
  }
}

/** `10.0.0.7 (phone-1): asked 9 names, got the 10th: /pxelinux.cfg/default`. */
export function describeWalk(
  walk: Pick<Walk, 'client' | 'device' | 'missedCount' | 'got'>,
): string {
  const { missedCount, got } = walk
  const who = describeClient(walk)
  const names = missedCount === 1 ? '1 name' : `${missedCount} names`
  if (got === undefined) return `${who}: asked ${names}, got none of them`
  return `${who}: asked ${names}, got the ${ordinal(missedCount + 1)}: ${got}`
}

/** `10.0.0.7 (phone-1)`, or the address alone. */
export function describeClient({ client, device }: Pick<Walk, 'client' | 'device'>): string {
  return device === undefined ? client : `${client} (${device})`
}

function newWalk({ at, client }: JournalEntry, startMs: number): OpenWalk {
  const names = new Map<string, MissedName>()
  const { address } = client
  const who = { client: address, device: undefined, lastMs: startMs }
  return { ...who, startedAt: at, startMs, names, missedCount: 0 }
}

/** True when the client has the file: a probe has learned that it is there. */
export function isHad({ outcome, method }: Pick<JournalEntry, 'outcome' | 'method'>): boolean {
  const isRead = method !== 'WRQ' && method !== 'PUT'
  return isRead && (outcome === 'delivered' || outcome === 'answered' || outcome === 'probe')
}

/** Empty for a single miss: that is no walk. */
function told(walk: OpenWalk, got: string | undefined): readonly Walk[] {
  if (walk.missedCount < 2) return none
  const one = {
    at: walk.startedAt,
    client: walk.client,
    ...(walk.device === undefined ? {} : { device: walk.device }),
    missed: [...walk.names.values()],
    missedCount: walk.missedCount,
    ...(got === undefined ? {} : { got }),
    durationMs: Math.round(walk.lastMs - walk.startMs),
  }
  return [one]
}

function ordinal(number: number): string {
  const isTeen = number % 100 >= 11 && number % 100 <= 13
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th')
  return `${number}${ending}`
}
