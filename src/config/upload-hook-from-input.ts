import { cgiOptions } from '../sources/cgi/options.ts'
import { handlerOptions } from '../sources/handler/options.ts'
import { upstreamOptions } from '../sources/upstream/options.ts'
import { isApp, type RouteOutput } from './schema.ts'
import type { SourceConfig } from './site.ts'
import type { Findings } from './source-from-input.ts'

const kinds = ['cgi', 'handler', 'upstream'] as const
type Path = readonly PropertyKey[]

/** Reads a source of one of these kinds, as a route would have it. */
export type SourceReader = (
  kind: (typeof kinds)[number],
  route: RouteOutput,
  path: Path,
) => SourceConfig | undefined

/** What is told of uploads; undefined, with a problem, when that is not exactly one thing. */
export function uploadHookFromInput(
  route: RouteOutput,
  { path, findings }: { readonly path: Path; readonly findings: Findings },
  read: SourceReader,
): SourceConfig | undefined {
  const { onUpload } = route
  if (onUpload === undefined) return undefined
  const given = kinds.filter((kind) => onUpload[kind] !== undefined)
  const [kind] = given
  if (kind === undefined || given.length > 1) {
    const found = given.length === 0 ? 'none of them' : given.join(' and ')
    const message = `found ${found}, expected exactly one of ${kinds.join(', ')}`
    findings.problems.push({ path: [...path, 'onUpload'], message })
    return undefined
  }
  return read(kind, { ...route, ...sourcesOf(onUpload) }, [...path, 'onUpload', kind])
}

/** The schema has looked at the options of each. */
function sourcesOf({
  cgi,
  handler,
  upstream,
}: NonNullable<RouteOutput['onUpload']>): Pick<RouteOutput, 'cgi' | 'handler' | 'upstream'> {
  const isWritten = typeof handler === 'string' || handler === undefined || isApp(handler)
  return {
    cgi: typeof cgi === 'object' ? cgiOptions.parse(cgi) : cgi,
    handler: isWritten ? handler : handlerOptions.parse(handler),
    upstream: typeof upstream === 'object' ? upstreamOptions.parse(upstream) : upstream,
  }
}
