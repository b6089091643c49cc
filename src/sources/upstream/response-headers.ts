import { INTERNAL_REDIRECT_HEADER, REWRITTEN_HEADER } from '../../routing/source.ts'
import { isOfConnection } from './header-names.ts'
import { listed } from './request-headers.ts'

/**
 * Headers of an upstream that would be wrong coming from this server: what is about its own host,
 * sessions of one client where files are shared, parts of files, what only this server may say.
 */
const notPassedOn: ReadonlySet<string> = new Set([
  'alt-svc',
  'strict-transport-security',
  'set-cookie',
  'www-authenticate',
  'location',
  'accept-ranges',
  'content-range',
  'content-length',
  INTERNAL_REDIRECT_HEADER,
  REWRITTEN_HEADER,
])

/** The headers of an answer that devices get. */
export function responseHeaders(headers: Headers): Headers {
  const named = listed(headers.get('connection'))
  const passed = new Headers()
  for (const [name, value] of headers) {
    if (isOfConnection(name) || named.has(name) || notPassedOn.has(name)) continue
    passed.append(name, value)
  }
  if (!passed.has('content-type')) passed.set('content-type', 'application/octet-stream')
  return passed
}
