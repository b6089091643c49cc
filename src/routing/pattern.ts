import { explainMismatch } from './explain-mismatch.ts'
import { isParameterType, type ParameterType, parameterTypes } from './parameter-types.ts'
import { PatternError } from './pattern-error.ts'
import { type Parameter, type Part, parseParts } from './pattern-parts.ts'

export { PatternError } from './pattern-error.ts'

/** What a pattern says of a path. */
export interface Pattern {
  /** As written in the configuration. */
  readonly source: string
  /** Names of the parameters, in order. */
  readonly parameters: readonly string[]
  /** Length of the literal text in it: the longer, the more particular the pattern. */
  readonly literalChars: number
  /**
   * Normalised parameters when the path matches, undefined when it does not. Allocates nothing for
   * a miss.
   */
  match(path: string): Readonly<Record<string, string>> | undefined
  /** Why a path does not match, in half a sentence for people: `"foo" is not a MAC address`. */
  explain(path: string): string
}

/**
 * Compiles a pattern: literal text with parameters in braces, `/SEP{mac}.cnf.xml`, or a regular
 * expression with named groups behind a tilde, `~ ^/cfg(?<mac>[0-9a-f]{12})$`. Case counts.
 *
 * A parameter's name is its type if there is one of that name; `{phone:mac}` names it otherwise;
 * any other name matches what has no slash. `{path...}` takes slashes too. A parameter without an
 * end of its own ends at the first place where what follows it, up to the next such parameter,
 * fits; so matching takes time linear in the path.
 *
 * A regular expression is the author's own: paths have at most 4,096 bytes, and nothing else bounds
 * its backtracking.
 *
 * @throws {PatternError}
 */
export function compilePattern(source: string): Pattern {
  return source.startsWith('~') ? compileExpression(source) : compileText(source)
}

function compileText(source: string): Pattern {
  const parts = parseParts(source)
  const parameters = parts.filter((part) => typeof part !== 'string')
  const texts = parts.filter((part) => typeof part === 'string')
  const [prefix = '/'] = texts
  const last = parts.at(-1)
  const suffix = typeof last === 'string' ? last : ''
  const expression = new RegExp(`^${expressionFor(parts)}$`, 's')
  return {
    source,
    parameters: parameters.map(({ name }) => name),
    literalChars: texts.join('').length,
    match(path) {
      if (!path.startsWith(prefix) || !path.endsWith(suffix)) return undefined
      const found = expression.exec(path)
      return found === null ? undefined : normalised(parameters, found)
    },
    explain: (path) => explainMismatch(parts, path),
  }
}

/** The parts as one expression, a group for each parameter. */
function expressionFor(parts: readonly Part[]): string {
  const pieces = parts.map((part, index) => {
    if (typeof part === 'string') return escape(part)
    const { character } = part.type
    if (character === undefined) return `(${part.type.expression})`
    const following = expressionOfFollowing(parts, index)
    return `(${character}(?:(?!${following})${character})*)`
  })
  return pieces.join('')
}

/**
 * What must stand where a parameter without an end of its own ends.
 *
 * It reaches up to the next one of that kind, which takes whatever is left: trying a later end
 * could not help, and is never tried. Without this, a hostile name could make a pattern with
 * several of them try every division.
 */
function expressionOfFollowing(parts: readonly Part[], index: number): string {
  const rest = parts.slice(index + 1)
  const open = rest.findIndex((part) => typeof part !== 'string' && isOpen(part))
  const bounded = open < 0 ? rest : rest.slice(0, open)
  const pieces = bounded.map((part) =>
    typeof part === 'string' ? escape(part) : part.type.expression,
  )
  return pieces.join('') + (open < 0 ? '$' : '')
}

function isOpen({ type }: Parameter): boolean {
  return type.character !== undefined || type === parameterTypes.path
}

function normalised(
  parameters: readonly Parameter[],
  found: RegExpExecArray,
): Readonly<Record<string, string>> | undefined {
  const params: Record<string, string> = {}
  for (let index = 0; index < parameters.length; index += 1) {
    const parameter = parameters[index]
    const value = parameter?.type.normalise(found[index + 1] ?? '')
    if (parameter === undefined || value === undefined) return undefined
    params[parameter.name] = value
  }
  return params
}

function compileExpression(source: string): Pattern {
  const text = source.slice(1).trim()
  const expression = parseExpression(source, text)
  // An empty alternative always matches, and so tells the names of all groups.
  const names = Object.keys(new RegExp(`${text}|`).exec('')?.groups ?? {})
  const types = new Map(names.filter(isParameterType).map((name) => [name as string, whole(name)]))
  return {
    source,
    parameters: names,
    literalChars: 0,
    match(path) {
      const found = expression.exec(path)
      return found === null ? undefined : normalisedGroups(found.groups ?? {}, types)
    },
    explain: (path) => {
      if (expression.test(path))
        return 'a group has a value that is not of the type it is named for'
      return `it does not match the regular expression ${text}`
    },
  }
}

/** A group that took no part has no parameter; one that is named like a type must hold one. */
function normalisedGroups(
  groups: Readonly<Record<string, string | undefined>>,
  types: ReadonlyMap<string, (value: string) => string | undefined>,
): Readonly<Record<string, string>> | undefined {
  const params: Record<string, string> = {}
  for (const name of Object.keys(groups)) {
    const value = groups[name]
    if (value === undefined) continue
    const normalise = types.get(name)
    const normal = normalise === undefined ? value : normalise(value)
    if (normal === undefined) return undefined
    params[name] = normal
  }
  return params
}

function whole(name: keyof typeof parameterTypes): (value: string) => string | undefined {
  const type: ParameterType = parameterTypes[name]
  const expression = new RegExp(`^${type.expression}$`, 's')
  return (value) => (expression.test(value) ? type.normalise(value) : undefined)
}

function parseExpression(source: string, text: string): RegExp {
  if (text === '') throw new PatternError(source, 'the regular expression behind "~" is empty')
  try {
    return new RegExp(text)
  } catch (error) {
    throw new PatternError(source, error instanceof Error ? error.message : String(error))
  }
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)
}
