import mime from 'mime'
import { Refusal } from '../../base/refusal.ts'
import type { RequestContext, Source } from '../../routing/source.ts'
import { keptStream } from './kept-stream.ts'
import type { UploadsOptions } from './options.ts'
import type { Writer } from './rules.ts'
import { storedName } from './stored-name.ts'
import type { UploadHook } from './upload-hook.ts'
import type { Kept, KeptFile, UploadAsk, UploadStore } from './upload-store.ts'

/** What the server knows and the options do not. */
export interface UploadsParts {
  readonly store: UploadStore
  /** True for addresses that may use the route. */
  readonly isFrom: (clientAddress: string) => boolean
  /** Told of each upload; undefined: nobody is. */
  readonly hook: UploadHook | undefined
}

/**
 * Keeps what devices write, and gives it back.
 *
 * The answer to an upload comes when the file is on disk, so a device that has its last ACK, or its
 * status, can forget what it has sent.
 */
export function uploadsSource(options: UploadsOptions, parts: UploadsParts): Source {
  let runningCount = 0
  return async (request, context) => {
    checkAddress(context, parts)
    const name = storedName(context, options.name)
    if (request.method !== 'PUT') return await readBack(name, request, { context, parts })
    if (runningCount >= options.concurrentMax) throw tooMany(options.concurrentMax)
    runningCount += 1
    try {
      const { version, isNew } = await parts.store.take(askOf(name, request, { context, options }))
      context.note(noteOf(name, version))
      await parts.hook?.run({
        name,
        versionNumber: version.number,
        request,
        context,
        open: () => parts.store.open(name),
      })
      return new Response(null, { status: isNew ? 201 : 200 })
    } finally {
      runningCount -= 1
    }
  }
}

function checkAddress({ clientAddress, path }: RequestContext, { isFrom }: UploadsParts): void {
  if (isFrom(clientAddress)) return
  const message = `Cannot let ${clientAddress} use ${path.text}: it is not in the route's \`from\``
  throw new Refusal('ACCESS_DENIED', message, { wireMessage: 'Access denied' })
}

function askOf(
  name: string,
  request: Request,
  of: { readonly context: RequestContext; readonly options: UploadsOptions },
): UploadAsk {
  const { context, options } = of
  if (request.headers.has('content-range')) throw partial(name)
  // Some TFTP clients announce 0 for what they do not know.
  const isUnknown = context.front === 'tftp' && context.uploadBytes === 0
  return {
    name,
    body: request.body ?? new Blob([]).stream(),
    announcedBytes: isUnknown ? undefined : context.uploadBytes,
    writer: writerOf(context, options),
    rules: options,
    signal: context.signal,
  }
}

function writerOf(context: RequestContext, { owner }: UploadsOptions): Writer {
  const { clientAddress: address } = context
  const device = context.device?.id
  const isDevice = owner === 'device' && device !== undefined
  return { key: isDevice ? `device ${device}` : `address ${address}`, address, device }
}

function noteOf(name: string, { number, bytes }: Kept['version']): string {
  return `kept as "${name}", upload ${number}, ${bytes} bytes`
}

async function readBack(
  name: string,
  request: Request,
  { context, parts }: { readonly context: RequestContext; readonly parts: UploadsParts },
): Promise<Response> {
  const file = await parts.store.open(name)
  if (file === undefined) return context.decline()
  const headers = await headersOf(name, file)
  if (file.bytes === 0 || request.method === 'HEAD') {
    await file.handle.close()
    return new Response(null, { headers })
  }
  return new Response(keptStream(file), { headers })
}

async function headersOf(name: string, { handle, bytes }: KeptFile): Promise<Headers> {
  const { ino, mtime, mtimeMs } = await handle.stat()
  return new Headers({
    'content-type': mime.getType(name) ?? 'application/octet-stream',
    'content-length': String(bytes),
    etag: `"${[ino, bytes, Math.round(mtimeMs)].map((one) => one.toString(36)).join('-')}"`,
    'last-modified': mtime.toUTCString(),
    // What a stranger wrote is no page of this server.
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
  })
}

function tooMany(concurrentMax: number): Refusal {
  const message = `Cannot take the upload: ${concurrentMax} are running (concurrentMax)`
  return new Refusal('BUSY', message, { wireMessage: 'Too many uploads, try again' })
}

function partial(name: string): Refusal {
  const message = `Cannot write "${name}": a part of a file (Content-Range) is not taken, RFC 9110 §14.5`
  return new Refusal('MALFORMED_REQUEST', message, {
    wireMessage: 'Only whole files can be written',
  })
}
