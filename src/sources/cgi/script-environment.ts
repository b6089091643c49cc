import { cgiEnvironment } from '../../protocol/cgi/environment.ts'
import type { RequestContext } from '../../routing/source.ts'
import type { LocatedScript } from './locate-script.ts'

/** One request, and who answers it. */
export interface ScriptRequest {
  readonly request: Request
  readonly context: RequestContext
  readonly script: LocatedScript
  /** Size of the upload in bytes, if there is one and its size is known. */
  readonly contentBytes: number | undefined
}

/** What scripts are told of the server. */
export interface CgiParts {
  /** Absolute path that the options' paths start from, and scripts see as DOCUMENT_ROOT. */
  readonly siteFolder: string
  /** `trivet/1.2.3`, what scripts see as SERVER_SOFTWARE. */
  readonly serverSoftware: string
}

/**
 * What every script has besides what it is told of the request; the route's `environment` wins over
 * it.
 */
const BASE_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/',
  LANG: 'C.UTF-8',
} as const

/**
 * All that a script finds in its environment, but for the route's own variables.
 *
 * @throws {Refusal} `MALFORMED_REQUEST` when the request is too large for one.
 */
export function scriptEnvironment(asked: ScriptRequest, parts: CgiParts): Record<string, string> {
  const { request, context, script } = asked
  const { path } = context
  return {
    ...BASE_ENVIRONMENT,
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
      documentRoot: parts.siteFolder,
      clientAddress: context.clientAddress,
      clientPort: context.clientPort,
      localAddress: context.localAddress,
      localPort: context.localPort,
      serverSoftware: parts.serverSoftware,
      requestId: context.id,
      params: context.params,
      tftpOptions: context.tftpOptions,
      tftpMode: context.tftpMode,
    }),
  }
}
