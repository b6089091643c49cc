import type { JournalEntry } from './journal.ts'

/** Closer than this to its clients' limit, a route is on the list; in ms. */
const LATE_MARGIN_MS = 1000

/** Routes remembered; the first ones stay. */
const ROUTES_MAX = 10_000

/** A route that keeps its clients waiting nearly as long as they can, or longer. */
export interface LateRoute {
  readonly route: string
  /** Requests that came within a second of the limit, or over it. */
  readonly count: number
  /** Of those, the ones whose client was gone, or got something else. */
  readonly lateCount: number
  /** The least time that was left, in ms, below 0 when it was too late; undefined: not known. */
  readonly marginMs: number | undefined
  /** The kind of client with the least time left. */
  readonly profile: string | undefined
  /** How long that one waits, in ms. */
  readonly clientLimitMs: number | undefined
  /** The longest time a file took, in ms. */
  readonly generationMs: number | undefined
  /** The path with the least time left. */
  readonly path: string
}

/**
 * Which routes are too slow for those who ask, or nearly so: made of journal entries, of a running
 * server or of its log.
 */
export class LateList {
  readonly #routes = new Map<string, LateRoute>()

  /** Takes an entry. @returns True when it puts its route on the list for the first time. */
  record(entry: JournalEntry): boolean {
    const marginMs = marginOf(entry)
    const isLate = entry.late === true || (marginMs !== undefined && marginMs < 0)
    if (!isLate && (marginMs === undefined || marginMs >= LATE_MARGIN_MS)) return false
    const route = entry.route ?? entry.path
    const before = this.#routes.get(route)
    if (before === undefined && this.#routes.size >= ROUTES_MAX) return false
    this.#routes.set(route, merged(before, { entry, route, marginMs, isLate }))
    return before === undefined
  }

  /** The least time left first. */
  get routes(): readonly LateRoute[] {
    const least = ({ marginMs = 0 }: LateRoute): number => marginMs
    return [...this.#routes.values()].toSorted((one, other) => least(one) - least(other))
  }
}

interface Finding {
  readonly entry: JournalEntry
  readonly route: string
  readonly marginMs: number | undefined
  readonly isLate: boolean
}

function merged(before: LateRoute | undefined, finding: Finding): LateRoute {
  const { entry, route, marginMs, isLate } = finding
  const ever = Number.POSITIVE_INFINITY
  const isWorst = before === undefined || (marginMs ?? ever) < (before.marginMs ?? ever)
  const { profile, clientLimitMs, path } = isWorst ? entry : before
  return {
    route,
    count: (before?.count ?? 0) + 1,
    lateCount: (before?.lateCount ?? 0) + (isLate ? 1 : 0),
    marginMs: isWorst ? marginMs : before.marginMs,
    profile,
    clientLimitMs,
    generationMs: maxOf(before?.generationMs, entry.generationMs),
    path,
  }
}

/** What was left of the client's patience when its answer left, or when it ended without one. */
function marginOf({ clientLimitMs, firstByteMs, durationMs }: JournalEntry): number | undefined {
  if (clientLimitMs === undefined) return undefined
  return Math.round(clientLimitMs - (firstByteMs ?? durationMs))
}

function maxOf(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return Math.max(one, other)
}
