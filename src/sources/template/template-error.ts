import { closest, distance } from 'fastest-levenshtein'

/** What went wrong in a template. */
export interface TemplateFailure {
  /** `phones/a.j2:14: "site.ntp_server" is undefined` */
  readonly message: string
  /** `phones/a.j2:14` */
  readonly place: string | undefined
  /** Name of an included template whose failure this is. */
  readonly includes: string | undefined
}

/** Reads what the engine says. */
export function describeFailure(
  error: unknown,
  context: Readonly<Record<string, unknown>> = {},
): TemplateFailure {
  const text = error instanceof Error ? error.message : String(error)
  const [first = '', ...rest] = text.split('\n')
  const found = /^(?<reason>.*) \(in (?<name>.*?)~?:(?<line>\d+)\)$/.exec(first)?.groups
  const reason = (found?.['reason'] ?? first).replaceAll('~"', '"')
  const place = found === undefined ? undefined : `${found['name']}:${found['line']}`
  const words = wordsFor(reason, markedText(rest), context)
  const message = place === undefined ? words : `${place}: ${words}`
  const includes = /^could not render include: error in "(.*)"$/.exec(reason)?.[1]
  return { message, place, includes }
}

function wordsFor(
  reason: string,
  marked: string | undefined,
  context: Readonly<Record<string, unknown>>,
): string {
  if (reason === 'undefined value' && marked !== undefined) {
    return `"${marked}" is undefined${suggestion(marked, context)}`
  }
  if (reason === 'engine ran out of fuel') {
    return 'it needed more steps than its "fuel" allows: is there an endless loop?'
  }
  return reason
}

/** The part of the source line that the engine marks with carets. */
function markedText(lines: readonly string[]): string | undefined {
  const at = lines.findIndex((line) => /^\s+i\s+\^+ /.test(line))
  const marks = lines[at]
  const source = lines[at - 1]
  if (marks === undefined || source === undefined) return undefined
  const start = marks.indexOf('^')
  return source.slice(start, marks.lastIndexOf('^') + 1).trim()
}

/** `did you mean "site.ntp"?`, for a name close to one that is there. */
function suggestion(marked: string, context: Readonly<Record<string, unknown>>): string {
  const names = marked.split('.')
  const wanted = names.pop() ?? ''
  let scope: unknown = context
  for (const name of names) {
    scope =
      typeof scope === 'object' && scope !== null
        ? (scope as Record<string, unknown>)[name]
        : undefined
  }
  if (typeof scope !== 'object' || scope === null) return ''
  const known = Object.keys(scope)
  if (known.length === 0) return ''
  const near = closest(wanted, known)
  const isNear = distance(wanted, near) <= Math.max(2, wanted.length / 3)
  return isNear ? `: did you mean "${[...names, near].join('.')}"?` : ''
}
