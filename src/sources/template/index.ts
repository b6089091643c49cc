import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import mime from 'mime'
import { Refusal } from '../../base/refusal.ts'
import type { KnownDevice, RequestContext, Source } from '../../routing/source.ts'
import { createTemplateEngine } from './engine.ts'
import { functionNames, templateFunctions } from './functions.ts'
import type { TemplateOptions } from './options.ts'
import { plainValues } from './plain-values.ts'
import { readableValues } from './readable-values.ts'
import { type TemplateMatch, TemplateTree } from './tree.ts'

export interface TemplateParts {
  /** Absolute path that the options' paths start from. */
  readonly siteFolder: string
  /** The site's values; the route's own win over them. */
  readonly siteValues: Readonly<Record<string, unknown>>
  readonly now: () => Date
  /** Told once of each template whose name cannot be read. */
  readonly warn: (message: string) => void
}

/**
 * Renders Jinja templates: one file, or a folder whose names are patterns.
 *
 * A template that should be there and is not, or fails, is a failure of the generator, never "not
 * found": a device that walks a list of names would take a more general file. A folder declines
 * what it has no template for.
 *
 * @throws {Error} When the values hold what templates cannot read.
 */
export function templateSource(options: TemplateOptions, parts: TemplateParts): Source {
  const engine = createTemplateEngine({
    root: resolve(parts.siteFolder, options.root ?? options.folder ?? '.'),
    globals: { site: plainValues({ ...parts.siteValues, ...options.values }, 'site') },
    functionNames,
  })
  const find = finder(options, parts)
  return (request, context) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
    }
    const match = find(context)
    if (match === undefined) return context.decline()
    const { device } = context
    const { text, isVolatile, isCurrent } = withReason(device?.withheld, () =>
      engine.render({
        file: match.file,
        context: { params: match.params, ...deviceValues(device) },
        functions: templateFunctions({ request, context, now: parts.now }),
        fuel: options.fuel,
      }),
    )
    context.madeFrom({
      // A new template in the folder may be the better one for this name.
      isCurrent: () => isCurrent() && find(context)?.file === match.file,
      isComplete: !isVolatile,
    })
    return respond(text, options.contentType ?? contentType(context.path.text, match.file))
  }
}

function finder(
  { file, folder }: TemplateOptions,
  { siteFolder, warn }: TemplateParts,
): (context: RequestContext) => TemplateMatch | undefined {
  if (file !== undefined) {
    const path = resolve(siteFolder, file)
    return ({ params }) => ({ file: path, params })
  }
  const tree = new TemplateTree({ folder: resolve(siteFolder, folder ?? '.'), warn })
  return ({ params, path }) => {
    const found = tree.find(params['path'] ?? path.text.slice(1))
    return found && { file: found.file, params: { ...params, ...found.params } }
  }
}

/** What a template reads of the device that asks; nothing where it is not known. */
function deviceValues(device: KnownDevice | undefined): Readonly<Record<string, unknown>> {
  if (device === undefined) return {}
  const { values: all, classes, withheld, ...rest } = device
  const values = withheld === undefined ? all : readableValues(all)
  return { device: { ...rest, classes }, values, classes }
}

/** A template that misses a secret is told why it is not there. */
function withReason<T>(withheld: string | undefined, render: () => T): T {
  try {
    return render()
  } catch (error) {
    if (withheld === undefined || !(error instanceof Refusal)) throw error
    const wireMessage = 'The secrets of this device are withheld'
    throw new Refusal('ACCESS_DENIED', `${error.message}. ${withheld}`, { wireMessage })
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

/** By the name that was asked, else by the template's own; what has no known extension is text. */
function contentType(path: string, file: string): string {
  const type = mime.getType(path) ?? mime.getType(file.replace(/\.j2$/, '')) ?? 'text/plain'
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}
