import { basename, resolve } from 'node:path'
import mime from 'mime'
import parseRange from 'range-parser'
import type { RequestContext, Source } from '../../routing/source.ts'
import { type ConfinedFile, type ConfinedFolder, openConfined } from './confined-file.ts'
import { fileStream } from './file-stream.ts'
import { findIgnoringCase } from './find-ignoring-case.ts'
import type { StaticOptions } from './options.ts'

export interface StaticParts {
  /** Absolute path that the options' paths start from. */
  readonly siteFolder: string
  /** True for real paths that must never be served: configuration, scripts, template sources. */
  readonly isProtected: (realPath: string) => boolean
}

/**
 * Serves files as they are, streamed, confined to their folder.
 *
 * What is not there, or must not be seen, is declined: the next route may have it.
 */
export function staticSource(options: StaticOptions, parts: StaticParts): Source {
  const one = options.file === undefined ? undefined : resolve(parts.siteFolder, options.file)
  const folder =
    one === undefined ? resolve(parts.siteFolder, options.folder ?? '.') : resolve(one, '..')
  const within: ConfinedFolder = { folder, isProtected: parts.isProtected }
  return async (request, context) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
    }
    const name =
      one === undefined ? await nameOf(context, folder, options.ignoreCase) : basename(one)
    const file = name === undefined ? undefined : await openConfined(within, name)
    if (file === undefined || name === undefined) return context.decline()
    return respond(file, name, request)
  }
}

/** The file's name below the folder; undefined when no file can have it. */
async function nameOf(
  context: RequestContext,
  folder: string,
  ignoreCase: boolean,
): Promise<string | undefined> {
  const name = context.params['path'] ?? context.path.text.slice(1)
  const segments = name.split('/')
  if (
    segments.some((segment) => segment === '' || segment.startsWith('.') || segment.includes('\0'))
  ) {
    return undefined
  }
  return ignoreCase ? findIgnoringCase(folder, name) : name
}

function respond(file: ConfinedFile, name: string, request: Request): Response {
  const headers = new Headers({
    'accept-ranges': 'bytes',
    'content-type': contentType(name),
    etag: file.etag,
    'last-modified': file.modifiedAt.toUTCString(),
  })
  const range = rangeOf(request, headers, file.sizeBytes)
  if (range === undefined) {
    headers.set('content-length', String(file.sizeBytes))
    return new Response(part(file, name, { start: 0, bytes: file.sizeBytes }), { headers })
  }
  const { start, end } = range
  headers.set('content-range', `bytes ${start}-${end}/${file.sizeBytes}`)
  headers.set('content-length', String(end - start + 1))
  return new Response(part(file, name, { start, bytes: end - start + 1 }), { status: 206, headers })
}

function part(
  { handle }: ConfinedFile,
  name: string,
  range: { readonly start: number; readonly bytes: number },
): ReadableStream<Uint8Array> {
  return fileStream({ handle, name, ...range })
}

/**
 * The one range to send by seeking. Anything else (none, several, unsatisfiable, conditions) is left to the front,
 * which has the whole file to choose from.
 */
function rangeOf(
  request: Request,
  headers: Headers,
  sizeBytes: number,
): { start: number; end: number } | undefined {
  const asked = request.headers.get('range')
  const isConditional = [
    'if-none-match',
    'if-modified-since',
    'if-match',
    'if-unmodified-since',
  ].some((name) => request.headers.has(name))
  if (asked === null || isConditional) return undefined
  const condition = request.headers.get('if-range')
  if (condition !== null && condition !== headers.get('etag')) return undefined
  const ranges = parseRange(sizeBytes, asked)
  if (ranges === -1 || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1)
    return undefined
  return ranges[0]
}

function contentType(name: string): string {
  const type = mime.getType(name) ?? 'application/octet-stream'
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}
