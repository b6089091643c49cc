import type { Patience } from '../routing/route.ts'
import type { FrontName } from '../routing/source.ts'

/** What tells requests apart. */
export interface ShareQuestion {
  readonly route: string
  readonly patience: Patience
  /** Path and query, normalised. */
  readonly target: string
  readonly params: Readonly<Record<string, string>>
  readonly front: FrontName
  readonly clientAddress: string
  /** The device of the inventory that asks; undefined: none, or it does not matter. */
  readonly deviceId?: string
  /** What the source will see: `visibleHeaders`. */
  readonly headers: Headers
  /** Not empty for what nobody else may share: secrets, a device that the name does not tell. */
  readonly ownKey: string
}

/** Parameters that name a device, the surest first. */
const identifying = ['mac', 'serial', 'uuid', 'ip', 'ipHex']

/** What the front answers itself: the whole file is made, whatever part of it is wanted. */
const forTheFront = new Set([
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'connection',
  'keep-alive',
])

/** What HTTP clients say of themselves, whatever they ask for. */
const ofTheClient = new Set([
  'host',
  'user-agent',
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'pragma',
  'upgrade-insecure-requests',
  'priority',
])

/**
 * The request headers that a source gets to see.
 *
 * A rendition may be shared by those whose headers, as far as the source can see them, are equal.
 * So what is for several clients is made without the headers that differ from client to client and
 * that TFTP does not have; what is left (`authorization`, say) keeps them apart.
 */
export function visibleHeaders(headers: Headers, { share, varies }: Patience): Headers {
  if (isEmpty(headers)) return headers
  const visible = new Headers()
  for (const [name, value] of headers) {
    const isVisible =
      varies === undefined
        ? !forTheFront.has(name) &&
          !(share !== 'client' && (ofTheClient.has(name) || name.startsWith('sec-')))
        : varies.includes(name)
    if (isVisible) visible.append(name, value)
  }
  return visible
}

function isEmpty(headers: Headers): boolean {
  return headers.keys().next().done === true
}

/** Equal for requests that get the same rendition. */
export function shareKey(question: ShareQuestion): string {
  const { route, target, headers, front } = question
  let key = `${target}\n${route}\n${sharer(question)}`
  if (question.ownKey !== '') key += `\n${question.ownKey}`
  if (front === 'tftp') return key
  for (const [name, value] of headers) key += `\n${name}: ${value}`
  return key
}

function sharer({ patience, params, front, clientAddress, deviceId }: ShareQuestion): string {
  if (patience.share === 'all') return ''
  if (patience.share === 'client') return `${front} ${clientAddress}`
  if (deviceId !== undefined) return `device ${deviceId}`
  for (const name of identifying) {
    const value = params[name]
    if (value !== undefined) return `${name} ${value}`
  }
  return clientAddress
}
