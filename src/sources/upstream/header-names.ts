const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Headers that concern one connection (RFC 9110 §7.6.1), or that this server sets itself. */
const ofTheConnection: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * Headers that this server decides on: the size of an upload, whole files without coding, and
 * whether a file has changed. The front answers ranges and conditions of clients.
 */
const ofThisServer: ReadonlySet<string> = new Set([
  'content-length',
  'expect',
  'accept-encoding',
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'x-trivet-decline',
  'x-trivet-internal-redirect',
])

/**
 * Headers that say who asks, in the spelling that gateways, proxies and applications believe. A
 * client could forge each of them.
 */
const ofWhoAsks: ReadonlySet<string> = new Set([
  'forwarded',
  'via',
  'host',
  'proxy',
  'client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-rewrite-url',
])
/** How further such headers begin. */
const prefixesOfWhoAsks = ['x-forwarded-', 'x-original-', 'x-tftp-', 'x-trivet-', 'remote-']

/** True for a header that must not go from one connection to another. */
export function isOfConnection(name: string): boolean {
  return ofTheConnection.has(name)
}

/** Why a fixed header cannot be; undefined when it can. */
export function headerNameProblem(name: string): string | undefined {
  if (!TOKEN.test(name)) return 'no HTTP header is named like this'
  const lower = name.toLowerCase()
  if (!ofTheConnection.has(lower) && !ofThisServer.has(lower)) return undefined
  return 'another header is needed: the server decides on this one'
}

/**
 * Why a header of clients cannot be passed on; undefined when it can.
 *
 * Applications that see headers as CGI variables take `X_TFTP_IP` for `X-TFTP-IP`, so an underscore
 * is judged as a hyphen.
 */
export function passedNameProblem(name: string): string | undefined {
  const problem = headerNameProblem(name)
  if (problem !== undefined) return problem
  const spelled = name.toLowerCase().replaceAll('_', '-')
  const saysWho =
    ofWhoAsks.has(spelled) || prefixesOfWhoAsks.some((prefix) => spelled.startsWith(prefix))
  if (!saysWho && headerNameProblem(spelled) === undefined) return undefined
  return 'another header is needed: clients could say with this one that they are somebody else'
}
