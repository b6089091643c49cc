import { Refusal } from '../../base/refusal.ts'

/** What a script is told about the request. */
export interface CgiContext {
  readonly method: string
  /** `TFTP/1.0`, `HTTP/1.1`. */
  readonly protocol: string
  readonly front: 'tftp' | 'http'
  /** Decoded, without the script's own name; undefined when nothing follows it. */
  readonly pathInfo: string | undefined
  /** Path of the script as asked for, decoded. */
  readonly scriptName: string
  /** Absolute path of the script's file. */
  readonly scriptFile: string
  /** Percent-encoded, without `?`. */
  readonly query: string
  /** Path and query as asked for, percent-encoded. */
  readonly requestUri: string
  readonly clientAddress: string
  readonly clientPort: number
  readonly localAddress: string
  readonly localPort: number
  /** Bytes of the upload; undefined when there is none or its size is unknown. */
  readonly contentBytes: number | undefined
  readonly headers: Headers
  readonly params: Readonly<Record<string, string>>
  readonly tftpOptions: ReadonlyMap<string, string>
  readonly tftpMode: string | undefined
  readonly requestId: string
  /** `trivet/1.2.3`. */
  readonly serverSoftware: string
}

type Row = (context: CgiContext) => string | undefined

/** What an environment may take, in bytes: systems limit it, and a client can ask for long names. */
const ENVIRONMENT_BYTES_MAX = 128 * 1024

/** Variables by name; what is undefined is not set. The first part in the order of RFC 3875 §4.1. */
const metaVariables: Readonly<Record<string, Row>> = {
  CONTENT_LENGTH: ({ contentBytes }) => contentBytes?.toString(),
  CONTENT_TYPE: ({ headers }) => headers.get('content-type') ?? undefined,
  GATEWAY_INTERFACE: () => 'CGI/1.1',
  PATH_INFO: ({ pathInfo }) => pathInfo,
  QUERY_STRING: ({ query }) => query,
  REMOTE_ADDR: ({ clientAddress }) => clientAddress,
  // RFC 3875 §4.1.9 allows the address where the name is not known. Scripts for older TFTP servers read it.
  REMOTE_HOST: ({ clientAddress }) => clientAddress,
  REQUEST_METHOD: ({ method }) => method,
  SCRIPT_NAME: ({ scriptName }) => scriptName,
  SERVER_NAME: ({ localAddress }) => localAddress,
  SERVER_PORT: ({ localPort }) => String(localPort),
  SERVER_PROTOCOL: ({ protocol }) => protocol,
  SERVER_SOFTWARE: ({ serverSoftware }) => serverSoftware,
  // In common use besides.
  REMOTE_PORT: ({ clientPort }) => String(clientPort),
  REQUEST_SCHEME: ({ front }) => front,
  REQUEST_URI: ({ requestUri }) => requestUri,
  SCRIPT_FILENAME: ({ scriptFile }) => scriptFile,
  SERVER_ADDR: ({ localAddress }) => localAddress,
  TRIVET_REQUEST_ID: ({ requestId }) => requestId,
  TRIVET_TFTP_MODE: ({ tftpMode }) => tftpMode,
  // The names that scripts written for other TFTP servers use.
  Peer: ({ clientAddress }) => clientAddress,
  CLIENT_ADDR: ({ clientAddress, clientPort }) => `${clientAddress}:${clientPort}`,
}

/** RFC 3875 §4.1.18; `Proxy` because many clients obey HTTP_PROXY (CVE-2016-5385). */
const HIDDEN_HEADERS = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'proxy',
  'proxy-authorization',
])

/**
 * Builds a script's environment. Nothing of the server's own environment is in it.
 *
 * @throws {Refusal} `MALFORMED_REQUEST` when it would be larger than 128 KiB.
 */
export function cgiEnvironment(context: CgiContext): Record<string, string> {
  const environment: Record<string, string> = {}
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined && !value.includes('\0')) environment[name] = value
  }
  for (const [name, row] of Object.entries(metaVariables)) set(name, row(context))
  for (const [name, value] of context.headers) {
    if (!HIDDEN_HEADERS.has(name)) set(`HTTP_${variableName(name)}`, value)
  }
  for (const [name, value] of Object.entries(context.params)) {
    set(`TRIVET_PARAM_${variableName(name)}`, value)
  }
  for (const [name, value] of context.tftpOptions) set(`TRIVET_TFTP_${variableName(name)}`, value)
  refuseOversize(environment)
  return environment
}

/** Upper case letters, digits and underscores: `x-own.name` is `X_OWN_NAME`. */
function variableName(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
}

function refuseOversize(environment: Readonly<Record<string, string>>): void {
  const encoder = new TextEncoder()
  let bytes = 0
  for (const [name, value] of Object.entries(environment)) {
    bytes += encoder.encode(name).length + encoder.encode(value).length + 2
  }
  if (bytes <= ENVIRONMENT_BYTES_MAX) return
  throw new Refusal(
    'MALFORMED_REQUEST',
    `Cannot run the script: its environment would have ${bytes} bytes, ${ENVIRONMENT_BYTES_MAX} are allowed`,
  )
}
