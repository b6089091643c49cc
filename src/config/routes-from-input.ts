import { compilePattern, PatternError } from '../routing/pattern.ts'
import { audienceOf, checkAudience } from './audience.ts'
import { checkPatience, patienceOf } from './patience.ts'
import type { RouteOutput } from './schema.ts'
import type { ValueProblem } from './schema-problems.ts'
import type { RouteConfig, SourceConfig } from './site.ts'
import type { SiteDisk } from './site-disk.ts'
import { type Findings, namesSource, sourceFromInput } from './source-from-input.ts'
import { checkUploadFolders } from './upload-folders.ts'

/** What the schema accepts of a route, and where it stands among those written. */
export interface WrittenRoute {
  readonly index: number
  readonly route: RouteOutput
  /** False when the schema refused a part: what is not there may have been meant. */
  readonly isWhole: boolean
}

/** What was made of the routes, and what is wrong with them. */
export interface RoutesResult {
  readonly routes: readonly RouteConfig[]
  readonly problems: readonly ValueProblem[]
  readonly warnings: readonly ValueProblem[]
}

/** What the routes are checked against. */
export interface RoutesParts {
  readonly disk: SiteDisk
  /** Where a route was written, for people. */
  readonly originOf: (index: number) => string
}

interface ServedRoute {
  readonly index: number
  readonly config: RouteConfig
}

/** Turns routes as written into routes as served, and checks what the schema cannot see. */
export function routesFromInput(
  written: readonly WrittenRoute[],
  parts: RoutesParts,
): RoutesResult {
  const findings: Findings = { disk: parts.disk, problems: [], warnings: [] }
  const served = written.flatMap(({ index, route, isWhole }): ServedRoute[] => {
    checkPattern(route, index, findings)
    if (!isWhole && !namesSource(route)) return []
    const source = sourceFromInput(route, ['routes', index], findings)
    if (source === undefined) return []
    checkUploads(route, index, { source, findings })
    findings.problems.push(...checkPatience(route, ['routes', index]))
    findings.problems.push(...checkAudience(route, ['routes', index]))
    return [{ index, config: routeConfig(route, source, parts.originOf(index)) }]
  })
  findings.problems.push(...checkUploadFolders(served, parts.disk.folder))
  checkNames(written, findings)
  warnOfUnreachable(served, findings)
  const { problems, warnings } = findings
  return { routes: served.map(({ config }) => config), problems, warnings }
}

function routeConfig(route: RouteOutput, source: SourceConfig, origin: string): RouteConfig {
  const audience = audienceOf(route)
  const { match, fronts, deadlineMs, uploadBytesMax, blockBytesMax } = route
  const { methods = source.kind === 'uploads' ? ['PUT'] : ['GET'] } = route
  const { secretsFrom } = route
  return {
    name: route.name ?? match,
    match,
    methods,
    fronts,
    deadlineMs,
    uploadBytesMax,
    ...(blockBytesMax === undefined ? {} : { blockBytesMax }),
    ...(audience === undefined ? {} : { audience }),
    ...(secretsFrom === undefined ? {} : { secretsFrom }),
    patience: patienceOf(route),
    source,
    origin,
  }
}

/** Those that only ever read. */
const readOnlyKinds: ReadonlySet<SourceConfig['kind']> = new Set(['static', 'template', 'docsis'])

function checkUploads(
  { methods = [], onUpload }: RouteOutput,
  index: number,
  { source, findings }: { readonly source: SourceConfig; readonly findings: Findings },
): void {
  if (onUpload !== undefined && source.kind !== 'uploads') {
    const message = 'is never used: the route keeps no uploads; allowed with: uploads'
    findings.problems.push({ path: ['routes', index, 'onUpload'], message })
  }
  const at = methods.indexOf('PUT')
  if (at < 0 || !readOnlyKinds.has(source.kind)) return
  findings.problems.push({
    path: ['routes', index, 'methods', at],
    message: `found "PUT", but \`${source.kind}\` cannot take uploads; allowed: cgi, fastcgi, handler, upstream, rewrite, uploads`,
  })
}

function checkPattern({ match }: RouteOutput, index: number, { problems }: Findings): void {
  try {
    compilePattern(match)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    problems.push({ path: ['routes', index, 'match'], message: error.message })
  }
}

function checkNames(written: readonly WrittenRoute[], { problems }: Findings): void {
  const firsts = new Map<string, number>()
  for (const { index, route, isWhole } of written) {
    if (!isWhole && route.name === undefined) continue
    const name = route.name ?? route.match
    const first = firsts.get(name)
    if (first === undefined) {
      firsts.set(name, index)
      continue
    }
    const path = ['routes', index, route.name === undefined ? 'match' : 'name']
    const message = `found "${name}", but routes[${first}] has that name: give one of them another \`name\``
    problems.push({ path, message })
  }
}

/**
 * Only a template file for everybody is known to answer every name of its pattern: the others may
 * decline.
 */
function warnOfUnreachable(served: readonly ServedRoute[], { warnings }: Findings): void {
  const takers = new Map<string, ServedRoute[]>()
  for (const route of served) {
    const { match, source } = route.config
    const before = takers.get(match) ?? []
    const taker = before.find((one) => covers(one.config, route.config))
    if (taker !== undefined) {
      const path = ['routes', route.index]
      const message = `is never asked: routes[${taker.index}] answers every name of "${match}"`
      warnings.push({ path, message })
    }
    const isForAll = route.config.audience === undefined
    const isTaker = isForAll && source.kind === 'template' && source.options.file !== undefined
    if (isTaker) takers.set(match, [...before, route])
  }
}

function covers(one: RouteConfig, other: RouteConfig): boolean {
  return (
    other.methods.every((method) => one.methods.includes(method)) &&
    other.fronts.every((front) => one.fronts.includes(front))
  )
}
