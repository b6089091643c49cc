import type { Patience } from '../routing/route.ts'
import { profileNameProblem } from './profile-name.ts'
import type { RouteOutput } from './schema.ts'
import type { ValueProblem } from './schema-problems.ts'

/** How a route's files are shared, kept and waited for. */
export function patienceOf(route: RouteOutput): Patience {
  const { share, varies, keepLateMs, whenLate, fallback, generatorsMax, profile } = route
  return {
    share,
    ...(varies === undefined ? {} : { varies: varies.map((name) => name.toLowerCase()) }),
    keepLateMs,
    whenLate,
    ...(fallback === undefined ? {} : { fallback }),
    ...(generatorsMax === undefined ? {} : { generatorsMax }),
    ...(profile === undefined ? {} : { profile }),
  }
}

/** Checks what the schema cannot see. */
export function checkPatience(
  { whenLate, fallback, profile }: RouteOutput,
  path: readonly PropertyKey[],
): ValueProblem[] {
  const message = profile === undefined ? undefined : profileNameProblem(profile)
  if (message !== undefined) return [{ path: [...path, 'profile'], message }]
  if (whenLate === 'fallback' && fallback === undefined) {
    const message = 'found "fallback", but no `fallback`: the path of the file that is sent instead'
    return [{ path: [...path, 'whenLate'], message }]
  }
  if (whenLate !== 'fallback' && fallback !== undefined) {
    const message = `is never used: \`whenLate\` is "${whenLate}"; allowed: fallback`
    return [{ path: [...path, 'fallback'], message }]
  }
  return []
}
