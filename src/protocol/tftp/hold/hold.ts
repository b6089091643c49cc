/**
 * What a read does while its bytes are not there: silence, unless an OACK keeps the client.
 *
 * No socket, no timer, no clock. It never has an OACK sent that a client it may be dies of.
 */
import type { Instant } from '../../../base/instant.ts'
import { negotiate } from '../options.ts'
import type { TftpRequest } from '../server-events.ts'
import type { ClientProfile } from './client-profile.ts'
import { unknownProfile } from './client-profiles.ts'
import { candidatesByOptions, candidatesInRhythm } from './recognise.ts'
import { DUPLICATE_MS, REPEATS_KEPT_MAX } from './rhythm.ts'

/** No two hold OACKs leave within this time, in ms. */
const OACK_GAP_MS = 1000
/** How long the first OACK has to be answered before the client counts as late all the same. */
const ANSWER_MS = 500
/** `late` comes this long before the client gives up, in ms, so that what then leaves arrives. */
const MARGIN_MS = 1000
/** The same where the whole patience is shorter than `SHORT_MS`. */
const SHORT_MARGIN_MS = 500
const SHORT_MS = 10_000
/** More names than this say as much as none. */
const NAMES_MAX = 3

/** What is to be done for a held read, and when. */
export interface HoldStep {
  /**
   * `oack`: answer with an OACK, with tsize if the size is known, and say so by `oackSent`.
   * `late`: the client is about to give up; carry out `whenLate`, and say so by `lateTold`.
   */
  readonly kind: 'oack' | 'late'
  /** Not later than now: do it at once. Else ask again then; it may have changed. */
  readonly at: Instant
}

/** What a hold starts from. */
export interface HoldOptions {
  readonly request: TftpRequest
  /** Configured by the operator: then nothing is recognised. Default: whoever fits. */
  readonly profile?: ClientProfile
  /** When the request came first. */
  readonly startedAt: Instant
}

/** One held read, from its request to its first byte. */
export class Hold {
  readonly #startedAt: Instant
  readonly #isGiven: boolean
  readonly #asksTsize: boolean
  /** Whether an OACK would grant anything, without the size and with it. */
  readonly #grants: { readonly unsized: boolean; readonly sized: boolean }
  /** Those that fit the options; from the first OACK on, those it was sent to. */
  #profiles: readonly ClientProfile[]
  readonly #repeatsMs: number[] = []
  #now: Instant
  #firstOackAt: Instant | undefined
  #oackAt: Instant = 0
  #isAlive = false
  /** It asked again after the OACK, which it cannot have had. */
  #isOackLost = false
  #isLateTold = false

  constructor({ request, profile, startedAt }: HoldOptions) {
    this.#startedAt = startedAt
    this.#now = startedAt
    this.#isGiven = profile !== undefined
    this.#profiles = profile ? [profile] : candidatesByOptions(request)
    this.#asksTsize = request.options.has('tsize')
    this.#grants = { unsized: grantsAny(request), sized: grantsAny(request, { sizeBytes: 1 }) }
  }

  /** A repeat of the request was swallowed. */
  repeated(now: Instant): void {
    this.#now = now
    if (this.#firstOackAt !== undefined) {
      this.#isOackLost = true
      return
    }
    const repeatMs = now - this.#startedAt
    const isCopy = repeatMs - (this.#repeatsMs.at(-1) ?? 0) < DUPLICATE_MS
    if (!isCopy && this.#repeatsMs.length < REPEATS_KEPT_MAX) this.#repeatsMs.push(repeatMs)
  }

  /** A hold OACK left, the first or another. */
  oackSent(now: Instant): void {
    this.#profiles = this.#candidates(now)
    this.#firstOackAt ??= now
    this.#oackAt = now
    this.#isOackLost = false
  }

  /** The client answered the OACK: it is there, and knows that the server is. */
  alive(now: Instant): void {
    this.#now = now
    if (this.#firstOackAt === undefined || this.#isAlive) return
    this.#isAlive = true
    // UEFI's probe would have ended with an ERROR.
    const acknowledging = this.#profiles.filter(
      ({ repeatedOack }) => repeatedOack !== 'not-possible',
    )
    if (acknowledging.length > 0) this.#profiles = acknowledging
  }

  /** The step `late` was carried out: it does not come again. */
  lateTold(): void {
    this.#isLateTold = true
  }

  /**
   * What is to be done next, judged by all that was seen.
   *
   * To be asked again after every event, and when `at` of the answer has come.
   *
   * @returns Undefined: nothing, until something happens.
   */
  next({ now, isSizeKnown }: { now: Instant; isSizeKnown: boolean }): HoldStep | undefined {
    const profiles = this.#candidates(now)
    const oackAt = this.#nextOackAt(profiles, isSizeKnown)
    const lateAt = this.#isLateTold ? undefined : this.#lateAt(profiles)
    if (oackAt !== undefined && (lateAt === undefined || oackAt <= Math.max(lateAt, now))) {
      return { kind: 'oack', at: oackAt }
    }
    return lateAt === undefined ? undefined : { kind: 'late', at: lateAt }
  }

  /** Who it seems to be by now: a name, two or three with "or" between them, or `unknown`. */
  get profileName(): string {
    const names = this.#candidates(this.#now).map(({ name }) => name)
    const isTelling = names.length > 0 && names.length <= NAMES_MAX
    return isTelling ? names.join(' or ') : unknownProfile.name
  }

  /**
   * How long the client lives, in ms from its first request, given what it was sent.
   *
   * @returns Undefined: for ever, or nobody knows.
   */
  limitMs(): number | undefined {
    const profiles = this.#candidates(this.#now)
    return profiles.includes(unknownProfile) ? undefined : this.#limitOf(profiles)
  }

  /** Once an OACK has left, the client repeats that instead: its rhythm tells nothing any more. */
  #candidates(now: Instant): readonly ClientProfile[] {
    this.#now = Math.max(this.#now, now)
    if (this.#isGiven || this.#firstOackAt !== undefined) return this.#profiles
    const seen = { repeatsMs: this.#repeatsMs, heldMs: this.#now - this.#startedAt }
    return candidatesInRhythm(this.#profiles, seen)
  }

  #nextOackAt(profiles: readonly ClientProfile[], isSizeKnown: boolean): Instant | undefined {
    const isBearable = profiles.every((profile) => this.#bearsOack(profile, isSizeKnown))
    if (profiles.length === 0 || !isBearable) return undefined
    const limitMs = this.#limitOf(profiles)
    if (limitMs !== undefined && this.#now - this.#startedAt >= limitMs) return undefined
    if (this.#firstOackAt === undefined) {
      return this.#startedAt + Math.min(...profiles.map(({ holdOackMs = Infinity }) => holdOackMs))
    }
    return this.#isRepeatWanted(profiles) ? this.#oackAt + OACK_GAP_MS : undefined
  }

  #bearsOack(profile: ClientProfile, isSizeKnown: boolean): boolean {
    const { holdOackMs, isErrorHeardAfterOack, repeatedOack, tsize } = profile
    if (holdOackMs === undefined || !isErrorHeardAfterOack) return false
    if (repeatedOack === 'aborts' || repeatedOack === 'unknown') return false
    if (isSizeKnown) return this.#grants.sized
    const { heedsEmptyOack = false } = profile
    const holds = this.#grants.unsized || heedsEmptyOack
    return holds && (tsize === 'optional' || !this.#asksTsize)
  }

  /** An OACK that acknowledges nothing is never answered; what came before was the sign of life. */
  #isHeldByEmptyOack(profiles: readonly ClientProfile[]): boolean {
    if (this.#grants.unsized || this.#firstOackAt === undefined) return false
    return profiles.length > 0 && profiles.every(({ heedsEmptyOack }) => heedsEmptyOack === true)
  }

  /** By time only, and only to a client that answers: each ACK 0 answered would make a storm. */
  #isRepeatWanted(profiles: readonly ClientProfile[]): boolean {
    if (this.#isHeldByEmptyOack(profiles)) return true
    if (!this.#isAlive) return this.#isOackLost
    return profiles.some(({ repeatedOack }) => repeatedOack === 'keeps')
  }

  #lateAt(profiles: readonly ClientProfile[]): Instant | undefined {
    const limitMs = this.#limitOf(profiles)
    if (limitMs === undefined) return undefined
    const marginMs = profiles.length === 0 ? 0 : marginOf(limitMs)
    const lateAt = this.#startedAt + limitMs - marginMs
    if (this.#firstOackAt === undefined || this.#isAlive) return lateAt
    return Math.min(Math.max(lateAt, this.#oackAt + ANSWER_MS), this.#startedAt + limitMs)
  }

  /** Of the first to give up; undefined: never. */
  #limitOf(profiles: readonly ClientProfile[]): number | undefined {
    if (profiles.length === 0) return unknownProfile.silenceMsMax
    if (this.#isHeldByEmptyOack(profiles)) return undefined
    const limitMs = Math.min(
      ...profiles.map(({ silenceMsMax, oackMsMax, repeatedOack }) => {
        if (!this.#isAlive) return silenceMsMax
        return oackMsMax ?? (repeatedOack === 'keeps' ? Infinity : silenceMsMax)
      }),
    )
    return limitMs === Infinity ? undefined : limitMs
  }
}

function marginOf(limitMs: number): number {
  return limitMs < SHORT_MS ? SHORT_MARGIN_MS : MARGIN_MS
}

/** Path and window do not matter here, only whether the OACK would hold anything. */
function grantsAny(request: TftpRequest, size: { readonly sizeBytes?: number } = {}): boolean {
  const limits = { ...size, payloadBytesMax: 1468, windowBlocksMax: 1 }
  return negotiate(request, limits).acknowledged.size > 0
}
