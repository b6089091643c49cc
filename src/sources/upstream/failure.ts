import { Refusal, type RefusalCode } from '../../base/refusal.ts'

/** Limits that messages name, in milliseconds. */
export interface FailureLimits {
  readonly connectMs: number
  readonly headersMs: number
  readonly bodyMs: number
}

/** Errors that come before a connection is there: the request has not been sent. */
const unsentCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** A connection that was kept may have been closed by the other side just before it was used. */
const closedCodes: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** What an error of the system, of TLS or of the HTTP client means, for the journal. */
const reasons: Readonly<Record<string, (limits: FailureLimits, message: string) => string>> = {
  ECONNREFUSED: () => 'refused the connection: is it running?',
  ENOTFOUND: () => 'was not found: no address for that host name',
  EAI_AGAIN: () => 'was not found: the name service does not answer',
  UND_ERR_CONNECT_TIMEOUT: ({ connectMs }) =>
    `did not accept a connection within ${connectMs} ms (connectMs)`,
  UND_ERR_HEADERS_TIMEOUT: ({ headersMs }) =>
    `did not begin to answer within ${headersMs} ms (headersMs)`,
  UND_ERR_BODY_TIMEOUT: ({ bodyMs }) => `paused for more than ${bodyMs} ms (bodyMs)`,
  UND_ERR_SOCKET: () => 'closed the connection before its answer was whole',
  ECONNRESET: () => 'closed the connection before its answer was whole',
  UND_ERR_HEADERS_OVERFLOW: () => 'sent more than 16 KiB of headers',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: () => 'sent another number of bytes than its Content-Length',
}

const timeoutCodes: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
])

const certificateError =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_)|^EPROTO$/

/** True when an error says that nothing of the request has been sent. */
export function isUnsent(error: unknown): boolean {
  const { code } = failed(error)
  return unsentCodes.has(code) || certificateError.test(code)
}

/** True when asking again on another connection may help. */
export function isClosed(error: unknown): boolean {
  return closedCodes.has(failed(error).code)
}

/**
 * Puts into words what kept an answer from coming, or from being whole.
 *
 * @param title - How messages begin: `Cannot generate /a.cfg: http://10.0.0.5`.
 */
export function failureRefusal(title: string, error: unknown, limits: FailureLimits): Refusal {
  if (error instanceof Refusal) return error
  const { code, message } = failed(error)
  const words = certificateError.test(code)
    ? `cannot be trusted: ${message} (${code})`
    : (reasons[code]?.(limits, message) ?? `could not be asked: ${message}`)
  return refusalOf(timeoutCodes.has(code) ? 'GENERATOR_TIMEOUT' : 'GENERATOR_FAILED', {
    message: `${title} ${words}`,
    cause: error,
  })
}

const wireMessages: Partial<Record<RefusalCode, string>> = {
  FILE_NOT_FOUND: 'File not found',
  ACCESS_DENIED: 'Access denied',
  METHOD_NOT_ALLOWED: 'This file cannot be written',
  FILE_EXISTS: 'File already exists',
  TOO_LARGE: 'The file is too large',
  STORAGE_FULL: 'The disk is full',
  BUSY: 'The server is busy',
  GENERATOR_TIMEOUT: 'The file was not ready in time',
  MALFORMED_REQUEST: 'The request was not understood',
}

/** A refusal whose words for the client name no upstream. */
export function refusalOf(
  code: RefusalCode,
  { message, cause }: { readonly message: string; readonly cause?: unknown },
): Refusal {
  const wireMessage = wireMessages[code] ?? 'The file could not be made'
  return new Refusal(code, message, { wireMessage, cause })
}

/** Several addresses of one host fail together: the first tells. */
function failed(error: unknown): { readonly code: string; readonly message: string } {
  const first = error instanceof AggregateError ? error.errors[0] : error
  const { code, message } = (first ?? {}) as { code?: unknown; message?: unknown }
  return {
    code: typeof code === 'string' ? code : '',
    message: typeof message === 'string' ? message : String(error),
  }
}
