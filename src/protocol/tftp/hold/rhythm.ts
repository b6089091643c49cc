/**
 * Whether repeats of a request fit the rhythm of a kind of client.
 *
 * Repeats get lost, clocks of starved firmware stretch, and where one repeat stands in the client's
 * own count is not known once another may be missing. So all places it could have are followed.
 */
import type { Rhythm } from './client-profile.ts'

/** More repeats than this tell nothing new. */
export const REPEATS_KEPT_MAX = 12

/** Two copies of a datagram on the network, in ms; no client repeats itself so soon. */
export const DUPLICATE_MS = 30

/** A datagram may be this late, in ms, or this early after one that was late, */
const LATE_MS = 250
const EARLY_MS = 150
/** but by no more than this part of the wait. */
const JITTER_RATE = 0.4
/** Lost in a row before a client is thought not to have sent them, and how far past the time. */
const LOST_MAX = 2
const PATIENCE_MS = 1000
/** Lost in all, besides two: one for so many that came. Else a dense rhythm would fit any other. */
const CAME_PER_LOST = 3

/** What was seen of a held request. */
export interface Seen {
  /**
   * When repeats came, in ms since the first request, ascending. The first 12 decide: with as many,
   * nothing is thought to be missing after them.
   */
  readonly repeatsMs: readonly number[]
  /** How long it is held by now, in ms; while nothing has been sent to it. */
  readonly heldMs: number
}

type Timed = Exclude<Rhythm, { readonly kind: 'never' | 'unknown' }>

/** True when every repeat fits, and none that should have come by now is clearly missing. */
export function isInRhythm(rhythm: Rhythm, { repeatsMs, heldMs }: Seen): boolean {
  if (rhythm.kind === 'unknown') return true
  let places: readonly number[] = [0]
  let lastMs = 0
  let cameCount = 0
  for (const repeatMs of repeatsMs.slice(0, REPEATS_KEPT_MAX)) {
    const gapMs = repeatMs - lastMs
    if (gapMs < DUPLICATE_MS) continue
    if (rhythm.kind === 'never') return false
    cameCount += 1
    const placeMax = cameCount + LOST_MAX + cameCount / CAME_PER_LOST
    places = placesAfter(rhythm, places, gapMs).filter((place) => place <= placeMax)
    if (places.length === 0) return false
    lastMs = repeatMs
  }
  if (rhythm.kind === 'never' || repeatsMs.length >= REPEATS_KEPT_MAX) return true
  return places.some((place) => heldMs - lastMs <= overdueMs(rhythm, place))
}

/** The places in the client's count that a repeat can have, `gapMs` after one at `places`. */
function placesAfter(rhythm: Timed, places: readonly number[], gapMs: number): readonly number[] {
  const found = new Set<number>()
  for (const from of places) {
    for (let to = from + 1; to <= repeatsMax(rhythm); to += 1) {
      const wait = waitBetween(rhythm, { from, to })
      if (gapMs < wait.msMin) break
      const isBelievable = to - from <= LOST_MAX || gapMs <= overdueMs(rhythm, from)
      if (gapMs <= wait.msMax && isBelievable) found.add(to)
    }
  }
  return [...found]
}

/** Silence after the request at `place` in ms, beyond which two that followed would be missing. */
function overdueMs(rhythm: Timed, place: number): number {
  const to = place + LOST_MAX
  if (to > repeatsMax(rhythm)) return Infinity
  return waitBetween(rhythm, { from: place, to }).msMax + PATIENCE_MS
}

function waitBetween(
  rhythm: Timed,
  { from, to }: { from: number; to: number },
): { msMin: number; msMax: number } {
  if (rhythm.kind === 'moments') {
    const waitMs = momentMs(rhythm.repeatsMs, to) - momentMs(rhythm.repeatsMs, from)
    return { msMin: earliest(waitMs), msMax: latest(waitMs * rhythm.stretch) }
  }
  const { periodMsMin, periodMsMax, firstMsMin = periodMsMin } = rhythm
  const shorterMs = from === 0 ? periodMsMin - firstMsMin : 0
  const count = to - from
  return {
    msMin: earliest(count * periodMsMin - shorterMs),
    msMax: latest(count * periodMsMax),
  }
}

function earliest(waitMs: number): number {
  return waitMs - Math.min(EARLY_MS, waitMs * JITTER_RATE)
}

function latest(waitMs: number): number {
  return waitMs + Math.min(LATE_MS, waitMs * JITTER_RATE)
}

function momentMs(repeatsMs: readonly number[], place: number): number {
  return place === 0 ? 0 : (repeatsMs[place - 1] ?? Infinity)
}

function repeatsMax(rhythm: Timed): number {
  return rhythm.kind === 'moments' ? rhythm.repeatsMs.length : rhythm.repeatsMax
}
