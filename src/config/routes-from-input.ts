import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { compilePattern, PatternError } from '../routing/pattern.ts'
import { cgiOptions } from '../sources/cgi/options.ts'
import { staticOptions } from '../sources/static/options.ts'
import { templateOptions } from '../sources/template/options.ts'
import { isApp, type RouteOutput } from './schema.ts'
import type { ValueProblem } from './schema-problems.ts'
import type { RouteConfig, SourceConfig } from './site.ts'

/** What was made of the routes, and what is wrong with them. */
export interface RoutesResult {
  readonly routes: readonly RouteConfig[]
  readonly problems: readonly ValueProblem[]
  readonly warnings: readonly ValueProblem[]
}

interface Findings {
  readonly folder: string
  readonly problems: ValueProblem[]
  readonly warnings: ValueProblem[]
}

const kinds = ['static', 'cgi', 'handler', 'template'] as const
type Kind = (typeof kinds)[number]

/** Turns routes as written into routes as served, and checks what the schema cannot see. */
export function routesFromInput(
  input: readonly RouteOutput[],
  folder: string,
  originOf: (index: number) => string,
): RoutesResult {
  const findings: Findings = { folder, problems: [], warnings: [] }
  const names = new Map<string, number>()
  const routes = input.flatMap((route, index) => {
    const source = sourceOf(route, index, findings)
    checkPattern(route, index, findings)
    checkName(route, index, { names, findings })
    return source === undefined ? [] : [routeConfig(route, source, originOf(index))]
  })
  return { routes, problems: findings.problems, warnings: findings.warnings }
}

function routeConfig(route: RouteOutput, source: SourceConfig, origin: string): RouteConfig {
  const { match, methods, fronts, deadlineMs, uploadBytesMax, blockBytesMax } = route
  return {
    name: route.name ?? match,
    match,
    methods,
    fronts,
    deadlineMs,
    uploadBytesMax,
    ...(blockBytesMax === undefined ? {} : { blockBytesMax }),
    source,
    origin,
  }
}

function sourceOf(route: RouteOutput, index: number, findings: Findings): SourceConfig | undefined {
  const given = kinds.filter((kind) => route[kind] !== undefined)
  const [kind] = given
  if (kind === undefined || given.length > 1) {
    const found = given.length === 0 ? 'none of them' : given.join(' and ')
    const message = `found ${found}, expected exactly one of static, cgi, handler, template`
    findings.problems.push({ path: ['routes', index], message })
    return undefined
  }
  if (route.methods.includes('PUT') && (kind === 'static' || kind === 'template')) {
    const message = `found PUT, but ${kind} takes no uploads; cgi and handler do`
    findings.problems.push({ path: ['routes', index, 'methods'], message })
  }
  return sourceOfKind[kind](route, index, findings)
}

const sourceOfKind: Readonly<
  Record<Kind, (route: RouteOutput, index: number, findings: Findings) => SourceConfig | undefined>
> = {
  static(route, index, findings) {
    const value = route.static
    if (value === undefined) return undefined
    const isFile = typeof value === 'string' && kindOf(findings, value) === 'file'
    const options =
      typeof value === 'string' ? (isFile ? { file: value } : { folder: value }) : value
    requireExisting(findings, ['routes', index, 'static'], options)
    return { kind: 'static', options: staticOptions.parse(options) }
  },
  cgi(route, index, findings) {
    const value = route.cgi
    if (value === undefined) return undefined
    const isFile = typeof value === 'string' && kindOf(findings, value) === 'file'
    const options = cgiOptions.parse(
      typeof value === 'string' ? (isFile ? { script: value } : { folder: value }) : value,
    )
    const path = ['routes', index, 'cgi']
    requireExisting(findings, path, { folder: options.folder, file: options.script })
    warnUnlessExecutable(findings, path, options.script)
    return { kind: 'cgi', options }
  },
  handler(route, index, findings) {
    const value = route.handler
    if (value === undefined) return undefined
    if (isApp(value)) return { kind: 'app', app: value }
    const options =
      typeof value === 'string'
        ? { module: value, export: 'default' }
        : (value as { module: string; export: string })
    requireExisting(findings, ['routes', index, 'handler'], { file: options.module })
    return { kind: 'handler', options }
  },
  template(route, index, findings) {
    const value = route.template
    if (value === undefined) return undefined
    const isFolder = typeof value === 'string' && kindOf(findings, value) === 'folder'
    const options = templateOptions.parse(
      typeof value === 'string' ? (isFolder ? { folder: value } : { file: value }) : value,
    )
    requireExisting(findings, ['routes', index, 'template'], options)
    return { kind: 'template', options }
  },
}

function kindOf({ folder }: Findings, path: string): 'file' | 'folder' | 'missing' {
  const found = statSync(resolve(folder, path), { throwIfNoEntry: false })
  if (found === undefined) return 'missing'
  return found.isDirectory() ? 'folder' : 'file'
}

function requireExisting(
  findings: Findings,
  path: readonly PropertyKey[],
  named: { readonly folder?: string | undefined; readonly file?: string | undefined },
): void {
  for (const kind of ['folder', 'file'] as const) {
    const name = named[kind]
    if (name === undefined || kindOf(findings, name) === kind) continue
    findings.problems.push({ path, message: `no ${kind} "${name}" in ${findings.folder}` })
  }
}

function warnUnlessExecutable(
  findings: Findings,
  path: readonly PropertyKey[],
  script: string | undefined,
): void {
  if (script === undefined || kindOf(findings, script) !== 'file') return
  try {
    accessSync(resolve(findings.folder, script), constants.X_OK)
  } catch {
    findings.warnings.push({ path, message: `"${script}" is not executable: chmod +x "${script}"` })
  }
}

function checkPattern({ match }: RouteOutput, index: number, findings: Findings): void {
  try {
    compilePattern(match)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    findings.problems.push({ path: ['routes', index, 'match'], message: error.message })
  }
}

function checkName(
  route: RouteOutput,
  index: number,
  { names, findings }: { readonly names: Map<string, number>; readonly findings: Findings },
): void {
  const name = route.name ?? route.match
  const first = names.get(name)
  if (first === undefined) {
    names.set(name, index)
    return
  }
  const path = ['routes', index, route.name === undefined ? 'match' : 'name']
  findings.problems.push({
    path,
    message: `found "${name}", but routes[${first}] has that name; give one of them another "name"`,
  })
}
