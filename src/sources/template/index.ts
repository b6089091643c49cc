import { createHash } from 'node:crypto'
import { relative, resolve } from 'node:path'
import mime from 'mime'
import type { RequestContext, Source } from '../../routing/source.ts'
import { TemplateEngine } from './engine.ts'
import type { TemplateOptions } from './options.ts'
import { TemplateFolder, type TemplateMatch } from './tree.ts'

export interface TemplateParts {
  /** Absolute path that the options' paths start from. */
  readonly siteFolder: string
  /** The site's values; the route's own win over them. */
  readonly siteValues: Readonly<Record<string, unknown>>
  readonly now: () => Date
  /** Takes what is wrong with a file's name. */
  readonly warn: (message: string) => void
}

/** Renders Jinja templates. */
export function templateSource(options: TemplateOptions, parts: TemplateParts): Source {
  const root = resolve(parts.siteFolder, options.root ?? options.folder ?? '.')
  const engine = new TemplateEngine({ root, functionNames: ['now', 'client', 'request'] })
  const site = { ...parts.siteValues, ...options.values }
  const find = finder(options, parts, root)
  return async (request, context) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
    }
    const match = await find(context)
    if (match === undefined) return context.decline()
    const { text } = await engine.render({
      template: match.template,
      context: { params: match.params, site },
      functions: functionsFor(request, context, parts.now),
      fuel: options.fuel,
    })
    return respond(text, options.contentType ?? contentType(context))
  }
}

type Find = (context: RequestContext) => Promise<TemplateMatch | undefined>

function finder(options: TemplateOptions, parts: TemplateParts, root: string): Find {
  if (options.file !== undefined) {
    const template = relative(root, resolve(parts.siteFolder, options.file))
    return (context) => Promise.resolve({ template, params: context.params })
  }
  const folder = resolve(parts.siteFolder, options.folder ?? '.')
  const tree = new TemplateFolder(folder, parts.warn)
  const prefix = relative(root, folder)
  return async (context) => {
    const rest = context.params['path']
    const found = await tree.find(rest === undefined ? context.path.text : `/${rest}`)
    if (found === undefined) return undefined
    const { path: _, ...params } = context.params
    const template = prefix === '' ? found.template : `${prefix}/${found.template}`
    return { template, params: { ...params, ...found.params } }
  }
}

/** The functions a template may call; what they give can differ at each request. */
function functionsFor(
  request: Request,
  context: RequestContext,
  now: () => Date,
): Readonly<Record<string, (...args: unknown[]) => unknown>> {
  return {
    now: (format) => (format === 'unix' ? Math.floor(now().getTime() / 1000) : now().toISOString()),
    client: () => ({
      address: context.clientAddress,
      port: context.clientPort,
      front: context.front,
    }),
    request: () => ({
      id: context.id,
      method: request.method,
      path: context.path.text,
      query: context.path.query,
      server: context.localAddress,
      options: Object.fromEntries(context.tftpOptions),
      headers: Object.fromEntries(request.headers),
    }),
  }
}

function respond(text: string, type: string): Response {
  const bytes = new TextEncoder().encode(text)
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  const headers = {
    'content-type': type,
    'content-length': String(bytes.length),
    etag: `"${hash}"`,
  }
  return new Response(bytes, { headers })
}

function contentType(context: RequestContext): string {
  const type = mime.getType(context.path.text) ?? 'text/plain'
  return /^text\/|xml$|json$/.test(type) ? `${type}; charset=utf-8` : type
}
