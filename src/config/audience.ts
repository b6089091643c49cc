import type { Audience } from '../routing/route.ts'
import type { RouteOutput } from './schema.ts'
import type { ValueProblem } from './schema-problems.ts'

/** Which devices a route is for; undefined: whoever asks. */
export function audienceOf({ known, class: name, unknown }: RouteOutput): Audience | undefined {
  if (known === undefined && name === undefined) return undefined
  return {
    ...(name === undefined ? {} : { class: name }),
    ...(unknown === undefined ? {} : { unknown }),
  }
}

/** Checks what the schema cannot see. */
export function checkAudience(
  route: RouteOutput,
  path: readonly PropertyKey[],
): readonly ValueProblem[] {
  if (route.unknown === undefined || audienceOf(route) !== undefined) return []
  const message = 'is never used: the route is for whoever asks; allowed with: known, class'
  return [{ path: [...path, 'unknown'], message }]
}
