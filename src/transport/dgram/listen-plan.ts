import ipaddr from 'ipaddr.js'
import { isIP } from 'node:net'
import { ListenError } from '../listen-error.ts'
import type { ListenAddress } from '../options.ts'

/** One place to listen that does not depend on which addresses the machine has. */
export interface FixedPlace {
  readonly address: string
  readonly port: number
}

/** All addresses of a family. */
export interface WildcardPlace {
  readonly family: 'IPv4' | 'IPv6'
  readonly port: number
}

export interface ListenPlan {
  readonly fixed: readonly FixedPlace[]
  readonly wildcards: readonly WildcardPlace[]
}

/**
 * Sorts what is to be listened on, each address in its one spelling and each place once.
 *
 * @throws {ListenError} `EINVAL` for what is not a literal unicast address and a port.
 */
export function planListening(listen: readonly ListenAddress[]): ListenPlan {
  const fixed = new Map<string, FixedPlace>()
  const wildcards = new Map<string, WildcardPlace>()
  for (const [index, { address, port }] of listen.entries()) {
    const { spelling, isWildcard } = readAddress(address, port)
    // Each port 0 is another port, so such places are never the same.
    const key = `${spelling} ${port === 0 ? `any ${index}` : port}`
    const family = spelling.includes(':') ? 'IPv6' : 'IPv4'
    if (isWildcard) wildcards.set(key, { family, port })
    else fixed.set(key, { address: spelling, port })
  }
  return { fixed: [...fixed.values()], wildcards: [...wildcards.values()] }
}

function readAddress(
  address: string,
  port: number,
): { readonly spelling: string; readonly isWildcard: boolean } {
  const [literal = '', scope] = address.split('%', 2)
  const isPort = Number.isInteger(port) && port >= 0 && port <= 65_535
  if (isIP(literal) === 0 || !isPort) throw new ListenError({ code: 'EINVAL', address, port })
  const parsed = ipaddr.process(literal)
  const range = parsed.range()
  if (range === 'multicast' || range === 'broadcast') {
    throw new ListenError({ code: 'EINVAL', address, port })
  }
  const text = parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString()
  const spelling = scope === undefined ? text : `${text}%${scope}`
  return { spelling, isWildcard: range === 'unspecified' }
}
