import type { JsonSchema } from './schema-json.ts'

/** What the end of a key says about its unit. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/Ms$/, ' of milliseconds'],
  [/Bytes(?:Max)?$/, ' of bytes'],
  [/Blocks(?:Max)?$/, ' of blocks'],
]

/**
 * Puts what a schema allows into words: `a whole number of milliseconds from 1 to 3600000`.
 *
 * @param key - Name of the value: its end says the unit.
 */
export function describeExpected(schema: JsonSchema, key = ''): string | undefined {
  if (schema.anyOf) {
    const kinds = alternatives(schema).map((one) => describeExpected(one, key))
    return listWords([...new Set(kinds.filter((kind) => kind !== undefined))])
  }
  if (schema.enum) return listWords(schema.enum.map((one) => JSON.stringify(one)))
  const describe = describeType[schema.type ?? '']
  return describe?.(schema, key)
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf?.flatMap(alternatives) ?? [schema]
}

const describeType: Readonly<Record<string, (schema: JsonSchema, key: string) => string>> = {
  integer: (schema, key) => `a whole number${unitOf(key)}${range(schema)}`,
  number: (schema, key) => `a number${unitOf(key)}${range(schema)}`,
  string: () => 'text',
  boolean: () => 'true or false',
  array: (schema, key) => {
    const { items, minItems = 0, maxItems } = schema
    if (items?.enum) return `a list of ${describeExpected(items, key)}`
    return maxItems === undefined ? 'a list' : `a list of ${minItems} to ${maxItems} entries`
  },
  object: () => 'a map of keys',
}

/** `a`, `a or b`, `a, b or c`. */
export function listWords(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}

function unitOf(key: string): string {
  return UNITS.find(([end]) => end.test(key))?.[1] ?? ''
}

/** A whole number without limits of its own has those of its type, which say nothing. */
function range({ minimum, maximum }: JsonSchema): string {
  if (minimum === undefined || minimum === Number.MIN_SAFE_INTEGER) return ''
  return maximum === undefined ? ` from ${minimum}` : ` from ${minimum} to ${maximum}`
}

/** A value as a person wrote it, cut. */
export function describeFound(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (isInstance(value)) return `an object of ${value.constructor.name || 'a class'}`
  const text = written(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** True for what is neither a plain object nor a list: its JSON would mislead. */
function isInstance(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== null && prototype !== Object.prototype
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value
  } catch {
    return 'an object'
  }
}
