import { protectedPaths } from '../../config/protected.ts'
import { silentLog } from '../../observe/log.ts'
import type { Answer, Ask } from '../../routing/answer.ts'
import { parseRequestPath, type RequestPath } from '../../routing/request-path.ts'
import { Router, type RouteVerdict } from '../../routing/router.ts'
import type { FrontName, Method } from '../../routing/source.ts'
import { createAnswerer } from '../../server/answerer.ts'
import { buildRoutes } from '../../server/build-routes.ts'
import { loadSiteOrExit } from '../load-site-or-exit.ts'

export interface ExplainOptions {
  readonly site?: string
  readonly from: string
  readonly front: FrontName
  readonly method: Method
  readonly render?: boolean
  readonly json?: boolean
}

/** Says how a request would be routed. @returns The exit status: 0 a route takes it, 1 none does. */
export async function explain(name: string, options: ExplainOptions): Promise<number> {
  const { site } = await loadSiteOrExit(options.site)
  const routes = await buildRoutes({
    site,
    serverSoftware: 'trivet',
    isProtected: protectedPaths(site),
    warn: (message) => process.stderr.write(`warning: ${message}\n`),
  })
  const router = new Router(routes)
  const path = parseRequestPath(new TextEncoder().encode(name))
  const { front, method } = options
  const verdicts = router.explain({ method, front, path })
  if (options.json) printJson(path, verdicts)
  else if (!options.render) printVerdicts(path, verdicts)
  if (!options.render) return verdicts.some(({ verdict }) => verdict === 'match') ? 0 : 1
  const answer = await createAnswerer({ router, log: silentLog() })(askFor(path, options))
  return render(answer)
}

function askFor(path: RequestPath, options: ExplainOptions): Ask {
  return {
    id: 'explain',
    front: options.front,
    method: options.method,
    path,
    clientAddress: options.from,
    clientPort: 0,
    localAddress: '127.0.0.1',
    localPort: options.front === 'tftp' ? 69 : 80,
    protocol: options.front === 'tftp' ? 'TFTP/1.0' : 'HTTP/1.1',
    tftpOptions: new Map(),
    ...(options.front === 'tftp' ? { tftpMode: 'octet' as const } : {}),
    headers: new Headers(),
    body: options.method === 'PUT' ? new Blob([]).stream() : null,
    controller: new AbortController(),
  }
}

async function render(answer: Answer): Promise<number> {
  const { response, refusal } = answer
  const notes = answer.notes()
  process.stderr.write(
    `route ${answer.routeName ?? '(none)'}, source ${answer.sourceName ?? '(none)'}\n`,
  )
  if (notes !== undefined) process.stderr.write(`notes: ${notes}\n`)
  if (response === undefined) {
    process.stderr.write(`refused, ${refusal?.code}: ${refusal?.message}\n`)
    return 1
  }
  process.stderr.write(`status ${response.status}\n`)
  try {
    for (let chunk = await answer.body.read(); chunk; chunk = await answer.body.read()) {
      process.stdout.write(chunk)
    }
  } catch (error) {
    process.stderr.write(`failed: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
  return response.ok ? 0 : 1
}

function printVerdicts(path: RequestPath, verdicts: readonly RouteVerdict[]): void {
  const lines = [`${path.text}${path.query === '' ? '' : ` (query ${path.query})`}`]
  let tried = 0
  for (const { route, verdict, params, why } of verdicts) {
    const where = `${route.name}  [${route.sourceName}]  ${route.origin}`
    if (verdict === 'match') {
      tried += 1
      const order = tried === 1 ? 'takes it' : 'takes it if those above decline'
      lines.push(`  yes  ${where}`, `       ${order}${paramText(params)}`)
    } else {
      lines.push(`  no   ${where}`, `       ${why ?? ''}`)
    }
  }
  if (tried === 0) lines.push('No route takes this name: the device hears "File not found"')
  process.stdout.write(`${lines.join('\n')}\n`)
}

function paramText(params: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(params ?? {})
  return pairs.length === 0
    ? ''
    : `: ${pairs.map(([name, value]) => `${name}=${value}`).join(', ')}`
}

function printJson(path: RequestPath, verdicts: readonly RouteVerdict[]): void {
  const rows = verdicts.map(({ route, verdict, params, why }) => ({
    route: route.name,
    source: route.sourceName,
    origin: route.origin,
    verdict,
    params,
    why,
  }))
  process.stdout.write(
    `${JSON.stringify({ path: path.text, query: path.query, routes: rows }, null, 2)}\n`,
  )
}
