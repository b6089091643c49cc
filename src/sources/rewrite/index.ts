import ipaddr from 'ipaddr.js'
import { parseRequestPath } from '../../routing/request-path.ts'
import { type RequestContext, REWRITTEN_HEADER, type Source } from '../../routing/source.ts'
import type { RewriteOptions } from './options.ts'
import { compileRules, type RewriteAsk } from './rewrite-name.ts'

const encoder = new TextEncoder()

/**
 * Gives files other names: the rules are applied to the name as the device sent it, and the routes
 * behind this one are asked for what has become of it.
 */
export function rewriteSource(options: RewriteOptions): Source {
  const rules = compileRules(options)
  return (request, context) => {
    const ask = askOf(request, context)
    const rewritten = rules.rewrite(ask)
    if (rewritten.kind === 'declined') return context.decline()
    if (rewritten.name === ask.name) return renamed(context.path)
    const path = parseRequestPath(encoder.encode(rewritten.name))
    context.note(`rewritten: ${rewritten.name}`)
    return renamed(path)
  }
}

function askOf({ method }: Request, { path, clientAddress }: RequestContext): RewriteAsk {
  const address = ipaddr.parse(clientAddress)
  return {
    name: path.sent,
    method: method === 'PUT' ? 'PUT' : 'GET',
    clientAddress: clientAddress.split('%', 1)[0] ?? '',
    clientAddressHex: Buffer.from(address.toByteArray()).toString('hex').toUpperCase(),
  }
}

function renamed({ encoded, query }: RequestContext['path']): Response {
  const target = query === '' ? encoded : `${encoded}?${query}`
  return new Response(null, { headers: { [REWRITTEN_HEADER]: target } })
}
