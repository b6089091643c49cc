import { isParameterType, type ParameterType, parameterTypes } from './parameter-types.ts'
import { PatternError } from './pattern-error.ts'

/** A named place in a pattern. */
export interface Parameter {
  readonly name: string
  readonly type: ParameterType
}

/** Literal text, or a parameter. Two parameters never stand side by side. */
export type Part = string | Parameter

/**
 * Cuts `/SEP{mac}.cnf` into `/SEP`, mac, `.cnf`.
 *
 * @throws {PatternError} With the column, counted from 1.
 */
export function parseParts(source: string): readonly Part[] {
  if (!source.startsWith('/')) {
    throw new PatternError(
      source,
      'it begins neither with "/" nor, as a regular expression, with "~"',
    )
  }
  const parts = splitParts(source)
  const parameters = parts.filter((part) => typeof part !== 'string')
  refuseDuplicates(source, parameters)
  refuseAfterRest(source, parameters)
  return parts
}

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
    if (text === '') {
      const found = `two parameters with no text between them at column ${open + 1}`
      throw new PatternError(source, `${found}: nobody could tell where the first ends`)
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
    const allowed = 'allowed are {name}, {name:type} and {name...}'
    throw new PatternError(source, `found "{${text}}" at column ${column}; ${allowed}`)
  }
  const { name = '', rest, type } = groups
  if (rest !== undefined) return { name, type: parameterTypes.path }
  if (type === undefined) return { name, type: typeNamed(name) }
  if (isParameterType(type)) return { name, type: parameterTypes[type] }
  const types = Object.keys(parameterTypes).join(', ')
  throw new PatternError(source, `found type "${type}" at column ${column}; the types are ${types}`)
}

/** `{path}` without dots is one segment: only `{path...}` takes slashes. */
function typeNamed(name: string): ParameterType {
  return isParameterType(name) && name !== 'path' ? parameterTypes[name] : parameterTypes.name
}

function refuseDuplicates(source: string, parameters: readonly Parameter[]): void {
  const names = parameters.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return
  const way = `name one of them otherwise, as in {other:type}`
  throw new PatternError(source, `found two parameters "${twice}"; ${way}`)
}

function refuseAfterRest(source: string, parameters: readonly Parameter[]): void {
  const rest = parameters.findIndex(({ type }) => type === parameterTypes.path)
  const next = parameters[rest + 1]
  if (rest < 0 || next === undefined) return
  const found = `found {${next.name}} after {${parameters[rest]?.name}...}`
  throw new PatternError(source, `${found}; only text may follow what takes slashes`)
}
