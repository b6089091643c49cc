/** What a rule's expression found in a name. */
export interface Found {
  /** Characters before it. */
  readonly start: number
  /** Characters before what follows it. */
  readonly end: number
  /** What was found and its groups, from 0; undefined for a group that took nothing. */
  readonly groups: readonly (string | undefined)[]
}

export interface FindOptions {
  readonly ignoreCase: boolean
  /** Of all that could be found at the first place, the longest (POSIX, leftmost-longest). */
  readonly longest: boolean
}

/** Finds the first place from an index on. */
export type Finder = (name: string, from: number) => Found | undefined

/** @throws {SyntaxError} When the expression is none. */
export function compileFinder(source: string, { ignoreCase, longest }: FindOptions): Finder {
  const flags = ignoreCase ? 'gis' : 'gs'
  const anywhere = new RegExp(source, flags)
  const first: Finder = (name, from) => {
    anywhere.lastIndex = from
    return foundIn(anywhere.exec(name))
  }
  return longest ? longestFinder(source, first, ignoreCase) : first
}

/**
 * JavaScript takes the first alternative that fits, POSIX the longest. Where the first place is,
 * both agree; so from the end of the name backwards it is tried whether the match can end there.
 */
function longestFinder(source: string, first: Finder, ignoreCase: boolean): Finder {
  const flags = ignoreCase ? 'isy' : 'sy'
  /** By how many characters are left behind the match; there are as many as names are long. */
  const endings = new Map<number, RegExp>()
  const endingBefore = (left: number): RegExp => {
    const known = endings.get(left)
    if (known !== undefined) return known
    const expression = new RegExp(`(?:${source})(?=[^]{${left}}(?![^]))`, flags)
    endings.set(left, expression)
    return expression
  }
  return (name, from) => {
    const shortest = first(name, from)
    if (shortest === undefined) return undefined
    for (let left = 0; left < name.length - shortest.end; left += 1) {
      const expression = endingBefore(left)
      expression.lastIndex = shortest.start
      const found = foundIn(expression.exec(name))
      if (found !== undefined) return found
    }
    return shortest
  }
}

function foundIn(match: RegExpExecArray | null): Found | undefined {
  if (match === null) return undefined
  return { start: match.index, end: match.index + match[0].length, groups: [...match] }
}
