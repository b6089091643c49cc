import { isParameterType, type ParameterType, parameterTypes } from './parameter-types.ts'

/** What a pattern says of a path. */
export interface Pattern {
  /** As written in the configuration. */
  readonly source: string
  /** Names of the parameters, in order. */
  readonly parameters: readonly string[]
  /** Length of the literal text in it: the longer, the more particular the pattern. */
  readonly literalChars: number
  /** Normalised parameters when the path matches, undefined when it does not. Allocates nothing for a miss. */
  match(path: string): Readonly<Record<string, string>> | undefined
  /** Why a path does not match, in half a sentence for people: `"foo" is not a MAC address`. */
  explain(path: string): string
}

/** A pattern that cannot be read. The message says what was found, where, and what is allowed. */
export class PatternError extends Error {
  constructor(source: string, found: string) {
    super(`Cannot read the pattern "${source}": ${found}`)
    this.name = 'PatternError'
  }
}

interface Parameter {
  readonly name: string
  readonly type: ParameterType
}

type Part = string | Parameter

/**
 * Compiles a pattern: literal text with parameters in braces, `/SEP{mac}.cnf.xml`, or a regular expression with named
 * groups behind a tilde, `~ ^/cfg(?<mac>[0-9a-f]{12})$`.
 *
 * A parameter's name is its type if there is one of that name; `{phone:mac}` names it otherwise; any other name
 * matches what has no slash. `{path...}` takes slashes too.
 *
 * @throws {PatternError}
 */
export function compilePattern(source: string): Pattern {
  return source.startsWith('~') ? compileExpression(source) : compileText(source)
}

function compileText(source: string): Pattern {
  if (!source.startsWith('/')) throw new PatternError(source, 'it does not begin with "/"')
  const parts = splitParts(source)
  const parameters = parts.filter((part) => typeof part !== 'string')
  refuseDuplicates(source, parameters)
  const text = parts.map((part) =>
    typeof part === 'string' ? escape(part) : `(${part.type.expression})`,
  )
  const prefix = typeof parts[0] === 'string' ? parts[0] : '/'
  const expression = new RegExp(`^${text.join('')}$`, 's')
  return {
    source,
    parameters: parameters.map(({ name }) => name),
    literalChars: parts.reduce(
      (sum, part) => sum + (typeof part === 'string' ? part.length : 0),
      0,
    ),
    match(path) {
      if (!path.startsWith(prefix)) return undefined
      const found = expression.exec(path)
      return found === null ? undefined : normalised(parameters, found)
    },
    explain: (path) => explainText(parts, path),
  }
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

/** Cuts `/SEP{mac}.cnf` into `/SEP`, mac, `.cnf`. */
function splitParts(source: string): Part[] {
  const parts: Part[] = []
  let at = 0
  while (at < source.length) {
    const open = source.indexOf('{', at)
    const text = source.slice(at, open < 0 ? undefined : open)
    if (text.includes('}')) {
      throw new PatternError(source, `"}" without "{" at column ${at + text.indexOf('}') + 1}`)
    }
    if (text !== '') parts.push(text)
    if (open < 0) break
    if (text === '' && at > 0) {
      throw new PatternError(
        source,
        `two parameters with nothing between them at column ${open + 1}`,
      )
    }
    const close = source.indexOf('}', open)
    if (close < 0) throw new PatternError(source, `"{" without "}" at column ${open + 1}`)
    parts.push(parseParameter(source, source.slice(open + 1, close), open + 1))
    at = close + 1
  }
  return parts
}

function parseParameter(source: string, text: string, column: number): Parameter {
  const form = /^(?<name>[A-Za-z][A-Za-z0-9_]*)(?:(?<rest>\.\.\.)|:(?<type>[A-Za-z]+))?$/
  const groups = form.exec(text)?.groups
  if (groups === undefined) {
    throw new PatternError(
      source,
      `"{${text}}" at column ${column}; allowed are {name}, {name:type} and {name...}`,
    )
  }
  const { name = '', rest, type } = groups
  if (rest !== undefined) return { name, type: parameterTypes.path }
  if (type !== undefined && !isParameterType(type)) {
    const types = Object.keys(parameterTypes).join(', ')
    throw new PatternError(source, `type "${type}" at column ${column}; the types are ${types}`)
  }
  const typeName = type ?? name
  const isBare = type === undefined && (typeName === 'path' || !isParameterType(typeName))
  return { name, type: isBare ? parameterTypes.name : parameterTypes[typeName as 'mac'] }
}

function refuseDuplicates(source: string, parameters: readonly Parameter[]): void {
  const names = parameters.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new PatternError(source, `parameter "${twice}" stands there twice`)
}

function compileExpression(source: string): Pattern {
  const text = source.slice(1).trim()
  const expression = parseExpression(source, text)
  const names = [...text.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map((found) => found[1] ?? '')
  const typed = new Map(names.filter(isParameterType).map((name) => [name, parameterTypes[name]]))
  return {
    source,
    parameters: names,
    literalChars: 0,
    match(path) {
      const groups = expression.exec(path)?.groups
      if (groups === undefined) return expression.test(path) ? {} : undefined
      const params: Record<string, string> = {}
      for (const [name, value] of Object.entries(groups)) {
        if (value === undefined) continue
        const normal = typed.has(name as 'mac')
          ? normaliseWhole(typed.get(name as 'mac'), value)
          : value
        if (normal === undefined) return undefined
        params[name] = normal
      }
      return params
    },
    explain: () => `the regular expression ${text} does not match`,
  }
}

function normaliseWhole(type: ParameterType | undefined, value: string): string | undefined {
  if (type === undefined) return value
  return new RegExp(`^${type.expression}$`, 's').test(value) ? type.normalise(value) : undefined
}

function parseExpression(source: string, text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw new PatternError(source, error instanceof Error ? error.message : String(error))
  }
}

/** Walks the parts as far as they fit, and says what did not. */
function explainText(parts: readonly Part[], path: string): string {
  let fitting = ''
  for (const [index, part] of parts.entries()) {
    const more = typeof part === 'string' ? escape(part) : `(?:${part.type.expression})`
    const at = new RegExp(`^${fitting}`, 's').exec(path)?.[0].length ?? 0
    if (!new RegExp(`^${fitting}${more}`, 's').test(path))
      return explainPart(part, path.slice(at), index)
    fitting += more
  }
  if (new RegExp(`^${fitting}$`, 's').test(path)) return 'a parameter has an impossible value'
  return `something follows what the pattern ends with`
}

function explainPart(part: Part, rest: string, index: number): string {
  if (typeof part === 'string') {
    return index === 0 ? `the name does not begin with "${part}"` : `"${part}" does not follow`
  }
  return `"${rest.slice(0, 40)}" is not ${part.type.description}`
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)
}
