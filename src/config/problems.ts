/** One thing wrong with a configuration, and where. */
export interface ConfigProblem {
  /** The file, as the user would name it. */
  readonly file: string
  /** From 1; undefined where there are no lines (a TypeScript configuration). */
  readonly line?: number
  /** From 1. */
  readonly column?: number
  /** Where in the configuration: `routes[2].deadlineMs`; empty for the whole. */
  readonly path: string
  /** What was found and what is allowed. */
  readonly message: string
}

/** `site/trivet.yaml:14 routes[2].deadlineMs: found "5s", expected …` */
export function formatProblem(problem: ConfigProblem): string {
  const place = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`
  const path = problem.path === '' ? '' : ` ${problem.path}`
  return `${place}${path}: ${problem.message}`
}

/** A configuration that cannot be used; holds every problem, not only the first. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** `routes[2].static.folder` */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else text += text === '' ? String(key) : `.${String(key)}`
  }
  return text
}
