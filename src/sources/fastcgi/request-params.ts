import { cgiEnvironment } from '../../protocol/cgi/environment.ts'
import type { RequestContext } from '../../routing/source.ts'
import type { LocatedScript } from './locate-script.ts'

/** One request, and who answers it. */
export interface ScriptRequest {
  readonly request: Request
  readonly context: RequestContext
  readonly script: LocatedScript
  /** Size of the upload in bytes; undefined when there is none. */
  readonly contentBytes: number | undefined
  /** `trivet/1.2.3`, what scripts see as SERVER_SOFTWARE. */
  readonly serverSoftware: string
}

/**
 * What the application is told of the request, but for the route's own parameters. It has an
 * environment of its own besides: PATH and the like are its business.
 *
 * @throws {Refusal} `MALFORMED_REQUEST` when the request is too large for one.
 */
export function requestParams(asked: ScriptRequest): Record<string, string> {
  const { request, context, script } = asked
  const { path } = context
  return {
    // Without it, PHP built with force-cgi-redirect refuses to run anything but as php-fpm.
    REDIRECT_STATUS: '200',
    ...cgiEnvironment({
      scheme: context.front,
      method: request.method,
      protocol: context.protocol,
      headers: new Map(request.headers),
      contentBytes: asked.contentBytes,
      scriptName: script.scriptName,
      pathInfo: script.pathInfo,
      query: path.query,
      requestUri: path.query === '' ? path.encoded : `${path.encoded}?${path.query}`,
      scriptFile: script.file,
      documentRoot: script.root,
      clientAddress: context.clientAddress,
      clientPort: context.clientPort,
      localAddress: context.localAddress,
      localPort: context.localPort,
      serverSoftware: asked.serverSoftware,
      requestId: context.id,
      params: context.params,
      tftpOptions: context.tftpOptions,
      tftpMode: context.tftpMode,
    }),
  }
}
