import { Refusal } from '../../base/refusal.ts'

/** What a script's environment is made from. */
export interface CgiContext {
  /** By which door the request came. */
  readonly scheme: 'tftp' | 'http'
  readonly method: string
  /** `TFTP/1.0`, `HTTP/1.1`. */
  readonly protocol: string
  /** Request headers, names in lower case; empty for TFTP. */
  readonly headers: ReadonlyMap<string, string>
  /** Bytes of the upload; undefined when there is none or nobody knows. */
  readonly contentBytes: number | undefined
  /** The part of the decoded name that stands for the script: `/cgi/phone`; may be empty. */
  readonly scriptName: string
  /** What follows it: empty, or with a leading slash. */
  readonly pathInfo: string
  /** Percent-encoded, without the `?`; empty if there is none. */
  readonly query: string
  /** The name as a URL has it: percent-encoded, with the query if there is one. */
  readonly requestUri: string
  /** Absolute path of the script. */
  readonly scriptFile: string
  /** Absolute path of the folder that PATH_INFO is translated to. */
  readonly documentRoot: string
  readonly clientAddress: string
  readonly clientPort: number
  readonly localAddress: string
  readonly localPort: number
  /** `trivet/1.2.3`. */
  readonly serverSoftware: string
  /** Shown in the journal for this request. */
  readonly requestId: string
  /** What the route's pattern found in the name. */
  readonly params: Readonly<Record<string, string>>
  /** TFTP options as asked; empty for HTTP. */
  readonly tftpOptions: ReadonlyMap<string, string>
  readonly tftpMode: 'octet' | 'netascii' | undefined
}

/**
 * Most bytes of all names and values together: what Linux takes as one string, and far more than a
 * request has.
 */
const ENVIRONMENT_BYTES_MAX = 128 * 1024

type Row = (context: CgiContext) => string | undefined

/**
 * One row per meta-variable, in the order of RFC 3875 §4.1. Trivet authenticates nobody, so three
 * stay unset.
 */
const metaVariables: Readonly<Record<string, Row>> = {
  AUTH_TYPE: () => undefined,
  CONTENT_LENGTH: ({ contentBytes }) => contentBytes?.toString(),
  CONTENT_TYPE: ({ headers }) => headers.get('content-type'),
  GATEWAY_INTERFACE: () => 'CGI/1.1',
  PATH_INFO: ({ pathInfo }) => pathInfo,
  PATH_TRANSLATED: ({ documentRoot, pathInfo }) =>
    pathInfo === '' ? undefined : documentRoot + pathInfo,
  QUERY_STRING: ({ query }) => query,
  REMOTE_ADDR: ({ clientAddress }) => clientAddress,
  // No names are looked up: the address may stand in (RFC 3875 §4.1.9), and some older TFTP servers
  // set just that.
  REMOTE_HOST: ({ clientAddress }) => clientAddress,
  REMOTE_IDENT: () => undefined,
  REMOTE_USER: () => undefined,
  REQUEST_METHOD: ({ method }) => method,
  SCRIPT_NAME: ({ scriptName }) => scriptName,
  SERVER_NAME: serverName,
  SERVER_PORT: ({ localPort }) => localPort.toString(),
  SERVER_PROTOCOL: ({ protocol }) => protocol,
  SERVER_SOFTWARE: ({ serverSoftware }) => serverSoftware,
}

/**
 * What web servers set beyond the RFC, what only Trivet knows, and what scripts of older TFTP
 * servers read.
 */
const furtherVariables: Readonly<Record<string, Row>> = {
  DOCUMENT_ROOT: ({ documentRoot }) => documentRoot,
  REMOTE_PORT: ({ clientPort }) => clientPort.toString(),
  REQUEST_SCHEME: ({ scheme }) => scheme,
  REQUEST_URI: ({ requestUri }) => requestUri,
  SCRIPT_FILENAME: ({ scriptFile }) => scriptFile,
  SERVER_ADDR: ({ localAddress }) => localAddress,
  TRIVET_REQUEST_ID: ({ requestId }) => requestId,
  TRIVET_TFTP_MODE: ({ tftpMode }) => tftpMode,
  // A patch to tftp-hpa gives the address alone, hooktftp address and port.
  Peer: ({ clientAddress }) => clientAddress,
  CLIENT_ADDR: ({ clientAddress, clientPort }) => `${hostNumber(clientAddress)}:${clientPort}`,
}

/**
 * Headers a script does not see: credentials and what concerns only the connection (RFC 3875
 * §4.1.18), what has a meta-variable, and `Proxy`, which as `HTTP_PROXY` many HTTP clients would
 * obey (CVE-2016-5385, "httpoxy").
 */
const hiddenHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'keep-alive',
  'proxy',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * Builds a script's environment. Nothing of the server's own environment leaks in: what is not here
 * is not set.
 *
 * A value with a NUL cannot be passed on, its variable is left out; so is what comes from the
 * client under a name with other characters than letters, digits, dash and underscore.
 *
 * @throws {Refusal} `MALFORMED_REQUEST` when names and values together are over 128 KiB.
 */
export function cgiEnvironment(context: CgiContext): Record<string, string> {
  const environment: Record<string, string> = {}
  let bytes = 0
  for (const [name, value] of variables(context)) {
    // The first wins: an option named `mode` must not replace TRIVET_TFTP_MODE.
    if (value === undefined || value.includes('\0') || Object.hasOwn(environment, name)) continue
    environment[name] = value
    bytes += byteLength(name) + byteLength(value) + '=\0'.length
    if (bytes > ENVIRONMENT_BYTES_MAX) throw tooLarge()
  }
  return environment
}

function* variables(context: CgiContext): Generator<readonly [string, string | undefined]> {
  for (const [name, row] of Object.entries(metaVariables)) yield [name, row(context)]
  for (const [name, row] of Object.entries(furtherVariables)) yield [name, row(context)]
  for (const [name, value] of context.headers) {
    // `X_Auth` and `X-Auth` would be one variable: whoever relies on the second must not be fooled
    // by the first.
    if (!hiddenHeaders.has(name) && !name.includes('_')) yield* family('HTTP_', name, value)
  }
  for (const [name, value] of Object.entries(context.params)) {
    yield* family('TRIVET_PARAM_', name, value)
  }
  for (const [name, value] of context.tftpOptions) yield* family('TRIVET_TFTP_', name, value)
}

function* family(
  prefix: 'HTTP_' | 'TRIVET_PARAM_' | 'TRIVET_TFTP_',
  name: string,
  value: string,
): Generator<readonly [string, string]> {
  if (!/^[A-Za-z0-9_-]+$/.test(name)) return
  yield [prefix + name.toUpperCase().replaceAll('-', '_'), value]
}

/**
 * The name that was asked for, if the client said it and it is one; else the address (RFC 3875
 * §4.1.14).
 */
function serverName({ headers, localAddress }: CgiContext): string {
  const host = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(headers.get('host') ?? '')
  return host?.[1] ?? hostNumber(localAddress)
}

/** An address as it stands before a port: IPv6 in brackets. */
function hostNumber(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}

function tooLarge(): Refusal {
  return new Refusal(
    'MALFORMED_REQUEST',
    `Cannot run the script: its environment is over ${ENVIRONMENT_BYTES_MAX} bytes`,
    { wireMessage: 'The request is too large' },
  )
}
