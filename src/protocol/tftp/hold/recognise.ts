/**
 * Which kind of client asks: by its option line, then by the rhythm in which it repeats itself.
 */
import type { TftpRequest } from '../server-events.ts'
import type { ClientProfile, OptionLine } from './client-profile.ts'
import { clientProfiles } from './client-profiles.ts'
import { isInRhythm, type Seen } from './rhythm.ts'

/**
 * The profiles that fit what was seen of a read.
 *
 * @returns In the order of the table. Empty: a client that nobody has described.
 */
export function candidates(request: TftpRequest, seen: Seen): readonly ClientProfile[] {
  return candidatesInRhythm(candidatesByOptions(request), seen)
}

/** The profiles that send this option line. */
export function candidatesByOptions({ options }: TftpRequest): readonly ClientProfile[] {
  const asked = [...options]
  return clientProfiles.filter(({ optionLines }) =>
    optionLines.some((line) => isOptionLine(line, asked)),
  )
}

/** Those of `profiles` whose rhythm fits. */
export function candidatesInRhythm(
  profiles: readonly ClientProfile[],
  seen: Seen,
): readonly ClientProfile[] {
  return profiles.filter(({ rhythm }) => isInRhythm(rhythm, seen))
}

function isOptionLine(line: OptionLine, asked: readonly (readonly [string, string])[]): boolean {
  let index = 0
  for (const { name, value, isOptional = false } of line) {
    const option = asked[index]
    const isFit = option?.[0] === name && (value === undefined || option[1] === value)
    if (isFit) index += 1
    else if (!isOptional) return false
  }
  return index === asked.length
}
