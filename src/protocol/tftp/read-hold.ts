import type { Instant } from '../../base/instant.ts'
import { Hold, type HoldStep } from './hold/hold.ts'
import { profileNamed } from './hold/client-profiles.ts'
import { FIRST_PAUSE_MS, PausePlan, pauseSecondsAsked } from './pause.ts'
import type { HoldTerms, HoldUse, TftpRequest } from './server-events.ts'

/** No client that can be helped is lost before this time after its request, in ms. */
const FIRST_LOOK_MS = 2000

/** When a hold must be looked at first: until then nothing need be made for it. */
export function firstLookAt(request: TftpRequest, startedAt: Instant): Instant {
  return startedAt + (request.options.has('pause') ? FIRST_PAUSE_MS : FIRST_LOOK_MS)
}

/** What a hold has done on its behalf. */
export interface HoldDoor {
  /** What the route says of the transfer by now. */
  terms(): HoldTerms | undefined
  readonly isSizeKnown: boolean
  /** @returns False when nothing may be sent to this client now. */
  sendOack(now: Instant): boolean
  /** @returns False when nothing may be sent to this client now. */
  sendPause(seconds: number): boolean
  /** The client is about to give up. */
  patienceEnded(): void
  /** The client has waited as long as it said it would. */
  expired(now: Instant): void
}

/**
 * What a read does until its bytes are there.
 *
 * A client that asked for `pause` is told how long to wait. Every other is met with silence, its
 * repeats swallowed, and some kinds shortly before they give up with an OACK. Nothing is made for a
 * request that is answered promptly.
 */
export class ReadHold {
  readonly #request: TftpRequest
  readonly #startedAt: Instant
  readonly #door: HoldDoor
  readonly #plan: PausePlan | undefined
  #hold: Hold | undefined
  #kind: HoldUse['kind'] = 'silence'

  constructor(request: TftpRequest, startedAt: Instant, door: HoldDoor) {
    this.#request = request
    this.#startedAt = startedAt
    this.#door = door
    const secondsAsked = pauseSecondsAsked(request)
    this.#plan = secondsAsked === undefined ? undefined : new PausePlan({ secondsAsked, startedAt })
  }

  /** What was done so far; undefined when it was not looked at yet. */
  get use(): HoldUse | undefined {
    if (this.#plan !== undefined)
      return { kind: this.#kind, profileName: 'pause', limitMs: undefined }
    const hold = this.#hold
    return hold && { kind: this.#kind, profileName: hold.profileName, limitMs: hold.limitMs() }
  }

  /** When to look again; undefined: nothing is to be done but to wait. */
  wakeAt(now: Instant): Instant | undefined {
    if (this.#plan !== undefined) return this.#plan.next().at
    if (this.#hold === undefined) return firstLookAt(this.#request, this.#startedAt)
    return this.#next(this.#hold, now)?.at
  }

  /** The client has repeated its request. */
  repeated(now: Instant): void {
    if (this.#plan !== undefined) this.#plan.repeated(now)
    else this.#looked().repeated(now)
  }

  /** The client has acknowledged the OACK. */
  alive(now: Instant): void {
    this.#hold?.alive(now)
  }

  /** Does what is due by now. */
  wake(now: Instant): void {
    if (this.#plan === undefined) this.#wakeHold(this.#looked(), now)
    else this.#wakePlan(this.#plan, now)
  }

  #wakePlan(plan: PausePlan, now: Instant): void {
    const step = plan.next()
    if (step.at > now) return
    if (step.kind === 'expired') return this.#door.expired(now)
    this.#kind = 'pause'
    this.#door.sendPause(step.seconds)
    plan.sent(now)
  }

  #wakeHold(hold: Hold, now: Instant): void {
    const step = this.#next(hold, now)
    if (step === undefined || step.at > now) return
    if (step.kind === 'late') {
      hold.lateTold()
      this.#door.patienceEnded()
    } else {
      if (this.#door.sendOack(now)) this.#kind = 'oack'
      hold.oackSent(now)
    }
  }

  #next(hold: Hold, now: Instant): HoldStep | undefined {
    return hold.next({ now, isSizeKnown: this.#door.isSizeKnown })
  }

  #looked(): Hold {
    if (this.#hold !== undefined) return this.#hold
    const name = this.#door.terms()?.profileName
    const profile = name === undefined ? undefined : profileNamed(name)
    const known = { request: this.#request, startedAt: this.#startedAt }
    this.#hold = new Hold(profile === undefined ? known : { ...known, profile })
    return this.#hold
  }
}
