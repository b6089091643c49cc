import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import mime from 'mime'
import type { RequestContext, Source } from '../../routing/source.ts'
import { chooseRange } from './choose-range.ts'
import { type ConfinedFile, type Confinement, openConfined } from './confined-file.ts'
import { fileStream } from './file-stream.ts'
import { FolderNames } from './folder-names.ts'
import type { StaticOptions } from './options.ts'

/** What the server knows and the options do not. */
export interface StaticParts {
  /** Absolute path that the options' paths start from. */
  readonly siteFolder: string
  /** True for real paths that must never be served: configuration, scripts, template sources. */
  readonly isProtected: (realPath: string) => boolean
  /**
   * The MAC of who has an address, `00:11:22:aa:bb:cc`; undefined when nobody knows. Default:
   * nobody does.
   */
  readonly macOf?: ((clientAddress: string) => string | undefined) | undefined
}

/** Finds the file that a request means; undefined when no file can have that name. */
type NameFile = (context: RequestContext) => string | undefined | Promise<string | undefined>

/**
 * Serves files as they are, streamed, confined to their folder.
 *
 * What is not there, or must not be seen, is declined: the next route may have it.
 */
export function staticSource(options: StaticOptions, parts: StaticParts): Source {
  const { within, nameFile } = placeOf(options, parts)
  return async (request, context) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
    }
    const name = await nameFile(context)
    const file = name === undefined ? undefined : await openConfined(within, name)
    if (file === undefined || name === undefined) return context.decline()
    return respond(file, name, request)
  }
}

function placeOf(
  { file, folder = '.', ignoreCase, perClient }: StaticOptions,
  { siteFolder, isProtected, macOf = () => undefined }: StaticParts,
): { readonly within: Confinement; readonly nameFile: NameFile } {
  if (file !== undefined) {
    const path = resolve(siteFolder, file)
    const within = { folder: dirname(path), isProtected, linksMayLeave: true }
    return { within, nameFile: () => basename(path) }
  }
  const within = { folder: resolve(siteFolder, folder), isProtected, linksMayLeave: false }
  const clients = { folder: within.folder, perClient, macOf }
  const named: NameFile = perClient ? (context) => clientNameOf(context, clients) : nameOf
  if (!ignoreCase) return { within, nameFile: named }
  const names = new FolderNames(within.folder)
  const nameFile: NameFile = async (context) => {
    const name = await named(context)
    return name === undefined ? undefined : names.find(name)
  }
  return { within, nameFile }
}

/** A dot name is never looked for, nor `..`; a name that ends in a slash is a folder's. */
function nameOf(context: RequestContext): string | undefined {
  const name = context.params['path'] ?? context.path.text.slice(1)
  const isPossible = name
    .split('/')
    .every((segment) => segment !== '' && !segment.startsWith('.') && !segment.includes('\0'))
  return isPossible ? name : undefined
}

/** Where the folders of clients are, and what they are called. */
interface ClientFolders {
  readonly folder: string
  readonly perClient: StaticOptions['perClient']
  readonly macOf: (clientAddress: string) => string | undefined
}

/** With the client's folder before it, if it has one. */
async function clientNameOf(
  context: RequestContext,
  { folder, perClient, macOf }: ClientFolders,
): Promise<string | undefined> {
  const name = nameOf(context)
  const address = context.clientAddress.split('%', 1)[0] ?? ''
  const client = perClient === 'mac' ? macOf(address)?.replaceAll(':', '-') : address
  if (name === undefined || client === undefined) return name
  const found = await stat(join(folder, client)).catch(() => undefined)
  return found?.isDirectory() ? `${client}/${name}` : name
}

async function respond(file: ConfinedFile, name: string, request: Request): Promise<Response> {
  const { handle, sizeBytes } = file
  const headers = headersOf(file, name)
  const range =
    request.method === 'GET' ? chooseRange(request.headers, headers, sizeBytes) : undefined
  if (range === 'unsatisfiable') {
    await handle.close()
    headers.delete('content-type')
    headers.set('content-range', `bytes */${sizeBytes}`)
    return new Response(null, { status: 416, headers })
  }
  const { start, end } = range ?? { start: 0, end: sizeBytes - 1 }
  const bytes = end - start + 1
  headers.set('content-length', String(bytes))
  if (range !== undefined) headers.set('content-range', `bytes ${start}-${end}/${sizeBytes}`)
  const status = range === undefined ? 200 : 206
  if (bytes === 0 || request.method === 'HEAD') {
    await handle.close()
    return new Response(null, { status, headers })
  }
  return new Response(fileStream({ handle, name, sizeBytes, start, bytes }), { status, headers })
}

function headersOf({ etag, modifiedAt }: ConfinedFile, name: string): Headers {
  // A time to come would make caches distrust the file (RFC 9110 §8.8.2.1).
  const lastModified = new Date(Math.min(modifiedAt.getTime(), Date.now()))
  return new Headers({
    'accept-ranges': 'bytes',
    'content-type': contentType(name),
    etag,
    'last-modified': lastModified.toUTCString(),
  })
}

function contentType(name: string): string {
  const type = mime.getType(name) ?? 'application/octet-stream'
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}
