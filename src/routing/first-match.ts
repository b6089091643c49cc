import type { Candidate } from './router.ts'
import type { Route } from './route.ts'
import { isDeclined } from './source.ts'

/** The route that answered, and with what. */
export interface FirstMatch extends Candidate {
  readonly response: Response
}

/**
 * Tries candidates in order until one does not decline; undefined when all do.
 *
 * A candidate that fails or answers an error status ends the search: a device that asked for its
 * own file must not be given a more general one because its own could not be made.
 */
export async function firstMatch(
  candidates: Iterable<Candidate>,
  call: (route: Route, params: Candidate['params']) => Promise<Response>,
): Promise<FirstMatch | undefined> {
  for (const { route, params } of candidates) {
    const response = await call(route, params)
    if (!isDeclined(response)) return { route, params, response }
    // Nobody reads what stands in it, and it may hold something open.
    response.body?.cancel().catch(() => {})
  }
  return undefined
}
