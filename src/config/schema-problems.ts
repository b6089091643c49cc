import { closest, distance } from 'fastest-levenshtein'
import type { z } from 'zod'
import { type JsonSchema, schemaAt, siteJsonSchema } from './schema-json.ts'

/** A problem of a value, before its place in a file is known. */
export interface ValueProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

type Issue = z.core.$ZodIssue

/** Puts what the schema found into words: what was found, what is allowed. */
export function problemsOf(issues: readonly Issue[], input: unknown): ValueProblem[] {
  const schema = siteJsonSchema()
  return issues.flatMap((issue) => issueProblems(issue, { schema, input, base: [] }))
}

interface Surroundings {
  readonly schema: JsonSchema
  readonly input: unknown
  /** Path of the value that holds the alternatives an issue belongs to. */
  readonly base: readonly PropertyKey[]
}

function issueProblems(issue: Issue, around: Surroundings): ValueProblem[] {
  const path = [...around.base, ...issue.path]
  if (issue.code === 'invalid_union') return unionProblems(issue, { ...around, base: path })
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: unknownKey(key, path, around),
    }))
  }
  if (issue.code === 'custom') return [{ path, message: issue.message }]
  const found = describeFound(at(around.input, path))
  const expected = describeExpected(schemaAt(around.schema, path)) ?? issue.message
  return [{ path, message: `found ${found}, expected ${expected}` }]
}

/** Of alternatives, the one that was meant: the one whose kind of value fits. */
function unionProblems(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  around: Surroundings,
): ValueProblem[] {
  const meant = issue.errors.find((branch) => !branch.some((one) => isWrongKind(one)))
  if (meant !== undefined && meant.length > 0) {
    return meant.flatMap((one) => issueProblems(one, around))
  }
  const found = describeFound(at(around.input, around.base))
  const expected = describeExpected(schemaAt(around.schema, around.base)) ?? issue.message
  return [{ path: around.base, message: `found ${found}, expected ${expected}` }]
}

function isWrongKind(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || isCustomKind(issue))
}

/** The check for an app says only "no app": then another alternative was meant. */
function isCustomKind(issue: Issue): boolean {
  return issue.code === 'custom' && issue.message === 'Invalid input'
}

function unknownKey(key: string, path: readonly PropertyKey[], { schema }: Surroundings): string {
  const allowed = Object.keys(propertiesAt(schema, path))
  const near = allowed.length > 0 ? closest(key, allowed) : ''
  const isNear =
    near !== '' && distance(key.toLowerCase(), near.toLowerCase()) <= Math.max(2, key.length / 3)
  const hint = isNear ? `: did you mean "${near}"?` : ''
  return `unknown key "${key}"${hint} (allowed: ${allowed.join(', ')})`
}

function propertiesAt(schema: JsonSchema, path: readonly PropertyKey[]): object {
  const found = schemaAt(schema, path)
  const object = found?.anyOf?.find(({ properties }) => properties !== undefined) ?? found
  return object?.properties ?? {}
}

function describeExpected(schema: JsonSchema | undefined): string | undefined {
  if (schema === undefined) return undefined
  if (schema.anyOf) {
    const kinds = schema.anyOf.map(describeExpected).filter((kind) => kind !== undefined)
    return [...new Set(kinds)].join(' or ')
  }
  if (schema.enum) return schema.enum.map((one) => `"${String(one)}"`).join(', ')
  const range =
    schema.minimum === undefined ? '' : ` from ${schema.minimum} to ${schema.maximum ?? 'any'}`
  const kinds: Readonly<Record<string, string>> = {
    integer: `a whole number${range}`,
    number: `a number${range}`,
    string: 'text',
    boolean: 'true or false',
    array: 'a list',
    object: 'a map of keys',
  }
  return kinds[schema.type ?? '']
}

/** A value as a person wrote it, cut. */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return 'a function'
  const text = JSON.stringify(value) ?? typeof value
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Record<PropertyKey, unknown>)[key]
  }
  return found
}
