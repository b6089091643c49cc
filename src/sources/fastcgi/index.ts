import type { RequestContext, Source } from '../../routing/source.ts'
import { applicationResponse } from './application-response.ts'
import { ConnectionPool } from './connection-pool.ts'
import { endpointOf, formatEndpoint } from './endpoint.ts'
import { Exchange } from './exchange.ts'
import { locateScript } from './locate-script.ts'
import type { FastcgiOptions } from './options.ts'
import { PlaceQueue } from './place-queue.ts'
import { type RequestInput, sizedInput } from './request-input.ts'
import { requestParams } from './request-params.ts'

/** What applications are told of the server. */
export interface FastcgiParts {
  /** Absolute path that the options' paths start from. */
  readonly siteFolder: string
  /** `trivet/1.2.3`, what scripts see as SERVER_SOFTWARE. */
  readonly serverSoftware: string
}

/** Asks a FastCGI application, PHP-FPM for example: what it answers is the file. */
export function fastcgiSource(options: FastcgiOptions, parts: FastcgiParts): Source {
  const { siteFolder, serverSoftware } = parts
  const endpoint = endpointOf(options, siteFolder)
  const places = new PlaceQueue(options)
  const pool = new ConnectionPool(endpoint, options)
  return async (request, context) => {
    const script = locateScript(options, siteFolder, context)
    if (script === undefined) return context.decline()
    const { signal } = context
    const release = await places.take(signal)
    try {
      const input = await inputOf(request, context, options)
      const asked = { request, context, script, serverSoftware, contentBytes: input?.bytes }
      const title = `Cannot generate ${context.path.text}: the FastCGI application at`
      const exchange = new Exchange(pool, {
        ...options,
        title: `${title} ${formatEndpoint(endpoint)}`,
        params: { ...requestParams(asked), ...options.params },
        input,
        signal,
        note: (text) => context.note(text),
        over: release,
      })
      await exchange.start()
      return await applicationResponse(exchange, { isUpload: input !== undefined })
    } catch (error) {
      release()
      throw error
    }
  }
}

async function inputOf(
  request: Request,
  context: RequestContext,
  options: FastcgiOptions,
): Promise<RequestInput | undefined> {
  if (request.body === null) return undefined
  // Some TFTP clients announce 0 for what they do not know.
  const isUnknown = context.front === 'tftp' && context.uploadBytes === 0
  return sizedInput(request.body, {
    announcedBytes: isUnknown ? undefined : context.uploadBytes,
    collectBytesMax: options.uploadCollectBytesMax,
    signal: context.signal,
  })
}
