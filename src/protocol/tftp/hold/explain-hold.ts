import type { TftpRequest } from '../server-events.ts'
import type { ClientProfile, Rhythm } from './client-profile.ts'
import { unknownProfile } from './client-profiles.ts'
import { Hold } from './hold.ts'
import { candidatesByOptions } from './recognise.ts'

/** Enough of a repeated OACK to see that it goes on. */
const OACKS_MAX = 3
/** What a plan is cut to, whatever a row says. */
const MOMENTS_MAX = 100

/** Something that happens in a hold. */
export interface HoldMoment {
  /** Since the first request, in ms. */
  readonly atMs: number
  /**
   * `repeat`: the client asks again, which is swallowed; `recognised`: from here on no other
   * profile fits; `oack`: the hold OACK leaves; `goes-on`: from here on one leaves each second;
   * `late`: `whenLate` decides; `gives-up`: the client is gone.
   */
  readonly what: 'request' | 'repeat' | 'recognised' | 'oack' | 'goes-on' | 'late' | 'gives-up'
}

/** How a request is held if a client of this profile has sent it. */
export interface HoldExplanation {
  readonly profile: ClientProfile
  /** In the order of time; no datagram is lost, and the bytes never come. */
  readonly plan: readonly HoldMoment[]
}

/**
 * Plays a hold through for each kind of client that may have sent a request, in its own rhythm, as
 * long as the size of the file is not known.
 *
 * @param profile - As configured by the operator. Default: all that fit the option line.
 * @returns In the order of the table; `unknown` alone where nothing fits.
 */
export function explainHold(
  request: TftpRequest,
  profile?: ClientProfile,
): readonly HoldExplanation[] {
  const found = profile ? [profile] : candidatesByOptions(request)
  const asking = found.length > 0 ? found : [unknownProfile]
  return asking.map((client) => {
    const given = profile ? { profile } : {}
    const hold = new Hold({ request, startedAt: 0, ...given })
    return { profile: client, plan: play(hold, client) }
  })
}

function play(hold: Hold, client: ClientProfile): HoldMoment[] {
  const plan: HoldMoment[] = [{ atMs: 0, what: 'request' }]
  const repeats = momentsOf(client)
  let isRecognised = false
  let oackCount = 0
  let now = 0
  while (plan.length < MOMENTS_MAX) {
    if (!isRecognised && hold.profileName === client.name) {
      isRecognised = true
      plan.push({ atMs: now, what: 'recognised' })
    }
    const step = hold.next({ now, isSizeKnown: false })
    const repeatAt = oackCount === 0 ? (repeats.shift() ?? Infinity) : Infinity
    if (step !== undefined && step.at <= Math.min(repeatAt, givesUpMs(client, oackCount))) {
      if (repeatAt < Infinity) repeats.unshift(repeatAt)
      now = Math.max(now, step.at)
      plan.push({ atMs: now, what: step.kind })
      if (step.kind === 'late') hold.lateTold()
      else if (oackCount === OACKS_MAX)
        return [...plan.slice(0, -1), { atMs: now, what: 'goes-on' }]
      else {
        oackCount += 1
        hold.oackSent(now)
        hold.alive(now)
      }
    } else if (repeatAt < Infinity) {
      now = repeatAt
      plan.push({ atMs: now, what: 'repeat' })
      hold.repeated(now)
    } else break
  }
  return [...plan, { atMs: givesUpMs(client, oackCount), what: 'gives-up' }]
}

/** When this client would be gone. The plan of one that OACKs keep is cut short before. */
function givesUpMs(
  { silenceMsMax, oackMsMax = silenceMsMax, repeatedOack }: ClientProfile,
  oackCount: number,
): number {
  if (oackCount === 0) return silenceMsMax
  return repeatedOack === 'keeps' ? Infinity : oackMsMax
}

/** When the client would ask again if it heard nothing, in ms. */
export function momentsOf({ rhythm, silenceMsMax }: ClientProfile): number[] {
  return allMoments(rhythm).filter((atMs) => atMs < silenceMsMax)
}

function allMoments(rhythm: Rhythm): readonly number[] {
  if (rhythm.kind === 'moments') return rhythm.repeatsMs
  if (rhythm.kind !== 'periodic') return []
  const { periodMsMin, repeatsMax } = rhythm
  return Array.from({ length: repeatsMax }, (_, index) => (index + 1) * periodMsMin)
}
