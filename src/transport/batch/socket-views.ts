import type { LocalSocket, SocketId } from '../../base/datagram.ts'
import { ListenError } from '../listen-error.ts'
import { describeAddress, type LocalAddress, payloadBytesMax } from '../local-address.ts'
import { addressWords, formatIpv4, formatIpv6, isLinkLocal } from './address-words.ts'
import type { ReceivedFinder } from './batch-inbox.ts'
import type { InterfaceNames } from './interface-names.ts'
import type { NativeSocket } from './native-sockets.ts'
import { INBOUND } from './words.ts'

/** Socket numbers travel as 16 bits and are never used twice. */
const IDS_MAX = 65_536
/** Addresses that may be seen through one wildcard; whole networks can be local (`ip route`). */
const ADDRESSES_MAX = 1024

/** One address of a socket, or the socket itself if it is bound to that address. */
export interface SocketView {
  readonly local: LocalSocket
  readonly socket: NativeSocket
  readonly at: LocalAddress
  /** What to send from when the socket is bound to a wildcard. */
  readonly pinned: Uint32Array | undefined
}

interface Opened {
  readonly socket: NativeSocket
  readonly id: SocketId
  readonly views: Map<number | string, SocketId>
}

/**
 * Everything that has a number: the sockets, and each address seen through a wildcard socket.
 *
 * Devices take only answers from the address they asked. So a wildcard socket appears as one socket
 * per address, made when the first datagram to that address arrives, and the system is told with
 * each answer where it comes from.
 */
export class SocketViews implements ReceivedFinder {
  readonly #views: SocketView[] = []
  /** By the numbers of the addon, which are dense as well. */
  readonly #opened: Opened[] = []
  readonly #names: InterfaceNames
  readonly #list: () => readonly LocalAddress[]
  readonly #onAppeared: (local: LocalSocket) => void
  readonly #onOverflow: () => void

  constructor(parts: {
    readonly names: InterfaceNames
    readonly list: () => readonly LocalAddress[]
    /** Told of an address that was first heard on a listener's wildcard. */
    readonly onAppeared: (local: LocalSocket) => void
    /** Told of a datagram that was dropped because there are too many addresses. */
    readonly onOverflow: () => void
  }) {
    this.#names = parts.names
    this.#list = parts.list
    this.#onAppeared = parts.onAppeared
    this.#onOverflow = parts.onOverflow
  }

  get(id: SocketId): SocketView | undefined {
    return this.#views[id]
  }

  isIpv6(id: SocketId): boolean {
    return this.#views[id]?.local.family === 'IPv6'
  }

  /** The listeners; of a wildcard, its addresses as far as they are known. */
  listeners(): LocalSocket[] {
    return this.#opened
      .filter(({ socket }) => socket.role === 'listen')
      .flatMap(({ id, views }) => (views.size > 0 ? [...views.values()] : [id]))
      .map((id) => (this.#views[id] as SocketView).local)
  }

  /** @throws {ListenError} When all numbers are used up. */
  add(socket: NativeSocket, at: LocalAddress): SocketView {
    const view = this.#number({ socket, at, pinned: undefined })
    if (view === undefined) {
      throw new ListenError({ code: 'EOVERFLOW', address: at.address, port: socket.port })
    }
    this.#opened[socket.number] = { socket, id: view.local.id, views: new Map() }
    return view
  }

  /** Makes an address of a wildcard socket known before anybody asks there. */
  reveal(socket: NativeSocket, at: LocalAddress): void {
    this.#see(
      this.#opened[socket.number] as Opened,
      at,
      addressWords(at.address, at.interfaceIndex),
    )
  }

  /** The same address as another view's, on another socket. Undefined when there is no number. */
  same(socket: NativeSocket, { at, pinned }: SocketView): SocketId | undefined {
    const opened = this.#opened[socket.number]
    if (opened === undefined || pinned === undefined) return opened?.id
    return opened.views.get(keyOf(pinned, 0, socket.family)) ?? this.#see(opened, at, pinned)
  }

  find(ends: Uint32Array, start: number): SocketId | undefined {
    const opened = this.#opened[ends[start + INBOUND.socket] as number]
    if (opened === undefined || !opened.socket.isWildcard) return opened?.id
    const key = keyOf(ends, start + INBOUND.local, opened.socket.family)
    const known = opened.views.get(key)
    // Nobody was ever answered from there, so nothing on a transfer's port is meant for us.
    if (known !== undefined || opened.socket.role === 'transfer') return known
    return this.#discover(opened, ends.slice(start + INBOUND.local, start + INBOUND.words))
  }

  #discover(opened: Opened, words: Uint32Array): SocketId | undefined {
    const address = this.#spell(words, opened.socket.family)
    if (address === undefined) return undefined
    if (!isLinkLocal(words)) words[4] = 0
    const id = this.#see(opened, describeAddress(address, listedBy(this.#list)), words)
    if (id === undefined) this.#onOverflow()
    else this.#onAppeared((this.#views[id] as SocketView).local)
    return id
  }

  #see(opened: Opened, at: LocalAddress, words: Uint32Array): SocketId | undefined {
    const { socket, views } = opened
    if (views.size >= ADDRESSES_MAX) return undefined
    const id = this.#number({ socket, at, pinned: words })?.local.id
    if (id !== undefined) views.set(keyOf(words, 0, socket.family), id)
    return id
  }

  #number(parts: Omit<SocketView, 'local'>): SocketView | undefined {
    const { socket, at } = parts
    const id = this.#views.length
    if (id >= IDS_MAX) return undefined
    const { port, family, role } = socket
    const { address } = at
    const local = { id, address, port, family, role, payloadBytesMax: payloadBytesMax(at) }
    const view = { ...parts, local }
    this.#views.push(view)
    return view
  }

  #spell(words: Uint32Array, family: LocalSocket['family']): string | undefined {
    // 0.0.0.0: the datagram came by an interface that has no address to answer from.
    if (family === 'IPv4') return words[0] === 0 ? undefined : formatIpv4(words[0] as number)
    const literal = formatIpv6(words)
    if (literal === undefined || !isLinkLocal(words)) return literal
    return `${literal}%${this.#names.nameOf(words[4] as number)}`
  }
}

/** Of IPv6, only a link-local address is told apart by its interface. */
function keyOf(words: Uint32Array, at: number, family: LocalSocket['family']): number | string {
  const first = words[at] as number
  if (family === 'IPv4') return first
  const isScoped = first >>> 22 === 0xfe80 >>> 6
  const scope = isScoped ? words[at + 4] : 0
  return `${first} ${words[at + 1]} ${words[at + 2]} ${words[at + 3]} ${scope}`
}

function listedBy(list: () => readonly LocalAddress[]): readonly LocalAddress[] {
  try {
    return list()
  } catch {
    return []
  }
}
