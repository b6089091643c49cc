import type { Heir, ParentsOf } from './heir.ts'

/** Classes that must keep this order, base first, and who says so. */
export interface ClassSequence {
  readonly names: readonly string[]
  /** The parent whose order it is, or the heir whose own list. */
  readonly of: string | Heir
}

/** `weak` must come before `strong`. */
interface Claim {
  readonly weak: string
  readonly strong: string
  readonly of: string | Heir
}

/**
 * Says which demands contradict each other, and where each is written.
 *
 * @param stuck - What is left of the sequences: the last of each is outdone in another.
 */
export function describeConflict(stuck: readonly ClassSequence[], parentsOf: ParentsOf): string {
  const claims = contradiction(stuck)
  const texts = claims.map(({ weak, strong, of }) => {
    const reason = reasonFor({ weak, strong, of }, parentsOf)
    return `"${weak}" before "${strong}" (${reason})`
  })
  return texts.join(' and ')
}

/** Each claim's stronger class is the next one's weaker, and the last leads back to the first. */
function contradiction(stuck: readonly ClassSequence[]): Claim[] {
  const claims: Claim[] = []
  let weak = stuck[0]?.names.at(-1) ?? ''
  for (;;) {
    const start = claims.findIndex((claim) => claim.weak === weak)
    if (start !== -1) return claims.slice(start)
    const sequence = stuck.find(({ names }) => names.lastIndexOf(weak, -2) !== -1)
    const strong = sequence?.names.at(-1)
    if (sequence === undefined || strong === undefined) return claims
    claims.push({ weak, strong, of: sequence.of })
    weak = strong
  }
}

function reasonFor({ weak, strong, of }: Claim, parentsOf: ParentsOf): string {
  if (typeof of !== 'string') return `in the ${of.field} of ${of.subject}`
  const above = ancestorsOf(of, parentsOf)
  if (ancestorsOf(strong, parentsOf).has(weak)) return `"${strong}" inherits "${weak}"`
  const lister = [...above].find((name) => {
    const parents = parentsOf(name) ?? []
    const index = parents.indexOf(weak)
    return index !== -1 && parents.indexOf(strong) > index
  })
  return lister === undefined ? `in the order of "${of}"` : `in the parents of class "${lister}"`
}

/** A class and all it inherits; its parents have an order already, so there is no loop. */
function ancestorsOf(name: string, parentsOf: ParentsOf): ReadonlySet<string> {
  const found = new Set([name])
  for (const one of found) for (const parent of parentsOf(one) ?? []) found.add(parent)
  return found
}
