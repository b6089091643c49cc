import type { Peer } from '../../base/datagram.ts'
import { ipv6PeerKey } from '../peer-key.ts'
import { addressWords, formatIpv6, isLinkLocal } from './address-words.ts'
import type { InterfaceNames } from './interface-names.ts'
import { INBOUND } from './words.ts'

/** How many peers are remembered; a power of two. A forgotten one is only spelled again. */
const PEERS_MAX = 4096

interface Remembered {
  readonly words: Uint32Array
  readonly port: number
  /** Undefined when no answer may go there. */
  readonly peer: Peer | undefined
}

/** IPv6 peers between the words of the addon and their spelling, which costs too much each time. */
export class Ipv6Peers {
  readonly #names: InterfaceNames
  readonly #remembered: (Remembered | undefined)[] = []
  readonly #words = new WeakMap<Peer, Uint32Array>()

  constructor(names: InterfaceNames) {
    this.#names = names
  }

  /**
   * The peer of a received datagram, or undefined when no answer may go there.
   *
   * @param at - Where its description begins in `ends`.
   */
  find(ends: Uint32Array, at: number): Peer | undefined {
    const place = placeOf(ends, at)
    const known = this.#remembered[place]
    if (known !== undefined && isThat(known, ends, at)) return known.peer
    const words = ends.slice(at + INBOUND.peer, at + INBOUND.scope + 1)
    const port = ends[at + INBOUND.port] as number
    const peer = this.#spell(words, port)
    if (peer !== undefined) this.#words.set(peer, words)
    this.#remembered[place] = { words, port, peer }
    return peer
  }

  /** The words of a peer, also of one that this transport never heard. */
  wordsOf(peer: Peer): Uint32Array {
    const known = this.#words.get(peer)
    if (known !== undefined) return known
    const [, scope] = peer.address.split('%', 2)
    const index = scope === undefined ? 0 : this.#names.indexOf(scope)
    const words = addressWords(peer.address, index)
    this.#words.set(peer, words)
    return words
  }

  #spell(words: Uint32Array, port: number): Peer | undefined {
    const literal = port === 0 ? undefined : formatIpv6(words)
    if (literal === undefined) return undefined
    const scope = words[4] as number
    const isScoped = scope !== 0 && isLinkLocal(words)
    const address = isScoped ? `${literal}%${this.#names.nameOf(scope)}` : literal
    return { key: ipv6PeerKey(address, port), address, port }
  }
}

function placeOf(ends: Uint32Array, at: number): number {
  let hash = ends[at + INBOUND.port] as number
  for (let word = INBOUND.peer; word <= INBOUND.scope; word++) {
    hash = Math.imul(hash ^ (ends[at + word] as number), 0x9e37_79b1)
    hash ^= hash >>> 15
  }
  return hash & (PEERS_MAX - 1)
}

function isThat({ words, port }: Remembered, ends: Uint32Array, at: number): boolean {
  if (port !== ends[at + INBOUND.port]) return false
  return words.every((word, index) => word === ends[at + INBOUND.peer + index])
}
