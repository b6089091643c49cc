import type { ParameterType } from './parameter-types.ts'
import type { Part } from './pattern-parts.ts'

/** What a message quotes of a path, in characters. */
const QUOTED_CHARS_MAX = 60

/**
 * Walks the parts of a pattern as far as they fit a path, and says in half a sentence what did not.
 */
export function explainMismatch(parts: readonly Part[], path: string): string {
  let at = 0
  for (const [index, part] of parts.entries()) {
    const rest = path.slice(at)
    if (typeof part === 'string') {
      if (!rest.startsWith(part)) return missingText(part, rest, index)
      at += part.length
      continue
    }
    const value = valueAt(rest, part.type, parts.slice(index + 1))
    if (value === undefined || part.type.normalise(value) === undefined) {
      return `${rest === '' ? 'nothing' : quoted(segmentOf(rest))} is not ${part.type.description}`
    }
    at += value.length
  }
  if (at < path.length) return `${quoted(path.slice(at))} follows where the pattern ends`
  return 'its parts fit one by one, but not together'
}

/** What a parameter would take, roughly: up to the first place where the next text stands. */
function valueAt(
  rest: string,
  type: ParameterType,
  following: readonly Part[],
): string | undefined {
  const found = new RegExp(`^${type.expression}`, 's').exec(rest)?.[0]
  const [next] = following
  if (found === undefined || typeof next !== 'string') return found
  if (type.character !== undefined) {
    const end = rest.indexOf(next, 1)
    return end < 0 || end > found.length ? found : rest.slice(0, end)
  }
  const isSuffix = following.length === 1 && found.length === rest.length && found.endsWith(next)
  return isSuffix ? found.slice(0, -next.length) : found
}

function missingText(text: string, rest: string, index: number): string {
  if (index === 0) return `the path does not begin with ${quoted(text)}`
  if (rest === '') return `it ends where ${quoted(text)} should follow`
  return `${quoted(rest)} stands where ${quoted(text)} should follow`
}

function segmentOf(rest: string): string {
  const slash = rest.indexOf('/')
  return slash <= 0 ? rest : rest.slice(0, slash)
}

function quoted(text: string): string {
  return `"${text.length > QUOTED_CHARS_MAX ? `${text.slice(0, QUOTED_CHARS_MAX)}…` : text}"`
}
