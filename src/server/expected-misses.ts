import { isOnKnownWalk } from '../observe/known-walks.ts'
import { compilePattern } from '../routing/pattern.ts'

/** Tells the names that devices ask for although they are not there, by the site's patterns. */
export function expectedMisses(patterns: readonly string[]): (path: string) => boolean {
  const compiled = patterns.map(compilePattern)
  return (path) => isOnKnownWalk(path) || compiled.some((one) => one.match(path) !== undefined)
}
