import { closest, distance } from 'fastest-levenshtein'
import { clientProfiles } from '../protocol/tftp/hold/client-profiles.ts'

const names = clientProfiles.map(({ name }) => name)

/** What is wrong with the name of a client profile; undefined: nothing. */
export function profileNameProblem(found: string): string | undefined {
  if (names.includes(found)) return undefined
  const near = closest(found, names)
  const hint = distance(found, near) <= 2 ? `: did you mean "${near}"?` : ''
  return `no client profile "${found}"${hint} (allowed: ${names.join(', ')})`
}
