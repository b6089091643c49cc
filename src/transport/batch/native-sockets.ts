import { getSystemErrorName } from 'node:util'
import type { LocalSocket } from '../../base/datagram.ts'
import { ListenError } from '../listen-error.ts'
import type { BatchAddon, NativeTransport } from './addon.ts'
import { BIND } from './words.ts'

/** A socket as the system sees it. */
export interface NativeSocket {
  /** The addon's number of it. */
  readonly number: number
  /** The address it is bound to, perhaps a wildcard. */
  readonly address: string
  readonly port: number
  readonly family: LocalSocket['family']
  readonly role: LocalSocket['role']
  readonly isWildcard: boolean
  /** What the system granted, in bytes. */
  readonly bufferBytes: number
}

/** What is to be bound. */
export interface SocketPlace {
  readonly address: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly role: LocalSocket['role']
}

/** Binds sockets in an open transport of the addon. */
export class NativeSockets {
  readonly #addon: BatchAddon
  readonly #transport: NativeTransport
  readonly #bufferBytes: number
  readonly #reusePort: boolean
  readonly #bound = new Uint32Array(3)

  constructor(
    addon: BatchAddon,
    transport: NativeTransport,
    options: { readonly receiveBufferBytes: number; readonly reusePort: boolean },
  ) {
    this.#addon = addon
    this.#transport = transport
    this.#bufferBytes = options.receiveBufferBytes
    this.#reusePort = options.reusePort
  }

  /** @throws {ListenError} With the system's code. */
  bind({ address, port, role }: SocketPlace): NativeSocket {
    const flags = role === 'transfer' ? 0 : BIND.listener + (this.#reusePort ? BIND.reusePort : 0)
    const bound = this.#bound
    const wanted = this.#bufferBytes
    const failed = this.#addon.bind(this.#transport, address, port, wanted, flags, bound)
    if (failed !== 0) throw new ListenError({ code: getSystemErrorName(failed), address, port })
    return {
      number: bound[0] as number,
      address,
      port: bound[1] as number,
      family: address.includes(':') ? 'IPv6' : 'IPv4',
      role,
      isWildcard: address === '0.0.0.0' || address === '::',
      bufferBytes: bound[2] as number,
    }
  }
}
