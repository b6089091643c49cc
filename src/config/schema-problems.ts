import { distance } from 'fastest-levenshtein'
import type { z } from 'zod'
import { describeExpected, describeFound } from './expectation.ts'
import { type JsonSchema, schemaAt, siteJsonSchema } from './schema-json.ts'

/** A problem of a value, before its place in a file is known. */
export interface ValueProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

type Issue = z.core.$ZodIssue
type Code = NonNullable<Issue['code']>
type IssueOf<C extends Code> = Extract<Issue, { code: C }>

/**
 * Puts what a schema found into words: what was found, what is allowed.
 *
 * @param schema - The schema that found it. Default: that of a site.
 */
export function problemsOf(
  issues: readonly Issue[],
  input: unknown,
  schema: JsonSchema = siteJsonSchema(),
): ValueProblem[] {
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
  const problems = problemsByCode[issue.code] as (
    issue: Issue,
    around: Surroundings,
  ) => ValueProblem[]
  return problems(issue, { ...around, base: path })
}

/** One row per kind of issue; `base` is the path of the value it is about. */
const problemsByCode: {
  readonly [C in Code]: (issue: IssueOf<C>, around: Surroundings) => ValueProblem[]
} = {
  invalid_type: wrongValue,
  invalid_value: wrongValue,
  invalid_format: wrongValue,
  invalid_key: wrongValue,
  invalid_element: wrongValue,
  not_multiple_of: wrongValue,
  too_big: wrongValue,
  too_small: (issue, around) =>
    issue.origin === 'string'
      ? expected('text that is not empty', around)
      : wrongValue(issue, around),
  invalid_union: unionProblems,
  unrecognized_keys: ({ keys }, { schema, base }) => {
    const allowed = Object.keys(propertiesAt(schema, base))
    return keys.map((key) => ({ path: [...base, key], message: unknownKey(key, allowed) }))
  },
  custom: ({ message }, { input, base }) => {
    return [{ path: base, message: `found ${describeFound(at(input, base))}: ${message}` }]
  },
}

function wrongValue(issue: Issue, around: Surroundings): ValueProblem[] {
  const { schema, base } = around
  const allowed = schemaAt(schema, base)
  const words = allowed && describeExpected(allowed, lastName(base))
  return expected(words ?? issue.message, around)
}

function expected(words: string, { input, base }: Surroundings): ValueProblem[] {
  const value = at(input, base)
  const isUnquoted = words === 'text' && (typeof value === 'number' || typeof value === 'boolean')
  const hint = isUnquoted ? `: put it in quotes, "${String(value)}"` : ''
  const message = `found ${describeFound(value)}, expected ${words}${hint}`
  return [{ path: base, message }]
}

/** Of alternatives, the one that was meant: the one whose kind of value fits. */
function unionProblems(issue: IssueOf<'invalid_union'>, around: Surroundings): ValueProblem[] {
  const meant = issue.errors.find((branch) => !branch.some(isWrongKind))
  if (meant === undefined || meant.length === 0) return wrongValue(issue, around)
  return meant.flatMap((one) => issueProblems(one, around))
}

/** The check for an app says only "no app": then another alternative was meant. */
function isWrongKind(issue: Issue): boolean {
  const isNoApp = issue.code === 'custom' && issue.message === 'Invalid input'
  return issue.path.length === 0 && (issue.code === 'invalid_type' || isNoApp)
}

function unknownKey(key: string, allowed: readonly string[]): string {
  const near = nearest(key, allowed)
  const hint = near === undefined ? '' : `: did you mean "${near}"?`
  return `unknown key "${key}"${hint} (allowed: ${allowed.join(', ')})`
}

/** The nearest allowed key, if a third of the letters or less differ. */
function nearest(key: string, allowed: readonly string[]): string | undefined {
  const distances = allowed.map((one) => ({
    one,
    letters: distance(key.toLowerCase(), one.toLowerCase()),
  }))
  const [best] = distances.toSorted((left, right) => left.letters - right.letters)
  return best !== undefined && best.letters <= Math.max(1, key.length / 3) ? best.one : undefined
}

function propertiesAt(schema: JsonSchema, path: readonly PropertyKey[]): object {
  const found = schemaAt(schema, path)
  const object = found?.anyOf?.find(({ properties }) => properties !== undefined) ?? found
  return object?.properties ?? {}
}

function lastName(path: readonly PropertyKey[]): string {
  return path.findLast((key) => typeof key === 'string') ?? ''
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Record<PropertyKey, unknown>)[key]
  }
  return found
}
