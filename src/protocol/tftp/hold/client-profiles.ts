/**
 * The client profiles: what is known of the clients that wait for files.
 *
 * Where measurement and source disagree, a row has the smaller limit and says so.
 */
import type { ClientProfile } from './client-profile.ts'
import { commandLineProfiles } from './command-line-profiles.ts'
import { firmwareProfiles } from './firmware-profiles.ts'

/**
 * For clients that nothing else fits: silence, and 10 s of it. Of the measured clients that share
 * an option line with others the first to give up does so after 12 s; one that gives up earlier
 * (U-Boot with lwIP) is recognised within a second.
 */
export const unknownProfile: ClientProfile = {
  name: 'unknown',
  title: 'any other client',
  optionLines: [],
  rhythm: { kind: 'unknown' },
  silenceMsMax: 10_000,
  tsize: 'needed',
  repeatedOack: 'unknown',
  isErrorHeardAfterOack: false,
  source: 'the first to give up of the measured ones, and room',
}

/** Every profile, one row a kind of client. */
export const clientProfiles: readonly ClientProfile[] = [
  ...firmwareProfiles,
  ...commandLineProfiles,
  unknownProfile,
]

/** The profile of that name, as written in the table; undefined when there is none. */
export function profileNamed(name: string): ClientProfile | undefined {
  return clientProfiles.find((profile) => profile.name === name)
}
