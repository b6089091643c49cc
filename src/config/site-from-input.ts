import { resolve } from 'node:path'
import { listenersFromInput } from './addresses-from-input.ts'
import { identityFromInput } from './identity-from-input.ts'
import { routesFromInput, type WrittenRoute } from './routes-from-input.ts'
import { routeSchema, siteSchema } from './schema.ts'
import { problemsOf, type ValueProblem } from './schema-problems.ts'
import type { SiteConfig } from './site.ts'
import { siteDisk } from './site-disk.ts'
import { tlsFromInput, tlsProblems } from './tls-from-input.ts'

/** Where the input comes from. */
export interface InputOrigin {
  /** Absolute path of the configuration. */
  readonly file: string
  /** Absolute path of the folder that relative paths start from. */
  readonly folder: string
  /** Where a route was written, for people. */
  readonly originOf: (index: number) => string
}

/** A site, or every reason why it is none. */
export interface SiteResult {
  /** Undefined when there are problems. */
  readonly site: SiteConfig | undefined
  readonly problems: readonly ValueProblem[]
  readonly warnings: readonly ValueProblem[]
}

/**
 * Checks what a user wrote and fills in the defaults.
 *
 * What the schema accepts is checked further even where it refuses the rest, so that one run shows
 * every problem.
 */
export function siteFromInput(input: unknown, origin: InputOrigin): SiteResult {
  const { file, folder, originOf } = origin
  const parsed = siteSchema.safeParse(input)
  const found = parsed.success ? [] : problemsOf(parsed.error.issues, input)
  const { addresses, ...listened } = listenersFromInput(part(input, 'listen'))
  const disk = siteDisk(folder)
  const { routes, ...checked } = routesFromInput(acceptedRoutes(input), { disk, originOf })
  const { identity, ...identified } = identityFromInput(part(input, 'identity'), folder)
  const { tls, ...encrypted } = tlsFromInput(part(input, 'tls'), folder)
  const needs = tlsProblems({
    isWritten: part(input, 'tls') !== undefined,
    tls,
    listensForHttps: (addresses.https ?? []).length > 0,
    trustsCertificates: part(part(input, 'secrets'), 'certificates') === true,
    order: identity?.order ?? ['certificate'],
  })
  const problems = withoutRepeats([
    ...found,
    ...listened.problems,
    ...checked.problems,
    ...identified.problems,
    ...encrypted.problems,
    ...needs,
  ])
  const { warnings } = checked
  if (!parsed.success || identity === undefined || problems.length > 0) {
    return { site: undefined, problems, warnings }
  }
  const { singlePort, transferPorts } = parsed.data.listen
  const listen = { ...addresses, singlePort, transferPorts }
  const { values, limits, expectedMisses, clients, log, secrets } = parsed.data
  const keyFile = secrets.keyFile === undefined ? undefined : resolve(folder, secrets.keyFile)
  return {
    site: {
      folder,
      file,
      listen,
      tls,
      values,
      limits,
      identity,
      secrets: { keyFile, from: secrets.from, certificates: secrets.certificates },
      expectedMisses,
      clients,
      log,
      routes,
    },
    problems,
    warnings,
  }
}

/** The schema's word on a value counts: what else is said of it comes of the same fault. */
function withoutRepeats(problems: readonly ValueProblem[]): readonly ValueProblem[] {
  const first = new Map<string, ValueProblem>()
  for (const problem of problems) {
    const key = JSON.stringify(problem.path)
    if (!first.has(key)) first.set(key, problem)
  }
  return [...first.values()]
}

function acceptedRoutes(input: unknown): WrittenRoute[] {
  const routes = part(input, 'routes')
  if (!Array.isArray(routes)) return []
  return routes.flatMap((written: unknown, index) => acceptedRoute(written, index) ?? [])
}

/**
 * A route without the keys that the schema refuses; undefined when nothing can be said without
 * them.
 */
function acceptedRoute(written: unknown, index: number): WrittenRoute | undefined {
  const { data, error } = routeSchema.safeParse(written)
  if (data !== undefined) return { index, route: data, isWhole: true }
  if (typeof written !== 'object' || written === null) return undefined
  const refused = new Set(
    error.issues.flatMap((issue): PropertyKey[] => {
      return issue.code === 'unrecognized_keys' && issue.path.length === 0
        ? issue.keys
        : issue.path.slice(0, 1)
    }),
  )
  const rest = Object.entries(written).filter(([key]) => !refused.has(key))
  const { data: route } = routeSchema.safeParse(Object.fromEntries(rest))
  return route && { index, route, isWhole: false }
}

function part(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return (value as Readonly<Record<string, unknown>>)[key]
}
