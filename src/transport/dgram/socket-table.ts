import type { Socket } from 'node:dgram'
import type { LocalSocket, Peer, SocketId } from '../../base/datagram.ts'
import { formatEndpoint, ListenError } from '../listen-error.ts'
import { type LocalAddress, payloadBytesMax } from '../local-address.ts'
import { failureMeanings, noteSendFailure } from '../send-failure.ts'
import type { FailureLog } from './failure-log.ts'
import type { Inbox } from './inbox.ts'
import { growReceiveBuffer, openSocket } from './open-socket.ts'
import type { DatagramSender } from './slab-outbox.ts'

/** Socket numbers travel as 16 bits and are never used twice. */
const IDS_MAX = 65_536

export interface SocketRequest {
  readonly at: LocalAddress
  readonly port: number
  readonly role: LocalSocket['role']
  /** True for a broadcast address, which others may share. Default false. */
  readonly isShared?: boolean
}

interface OpenSocket {
  readonly local: LocalSocket
  readonly socket: Socket
}

/** All sockets of a transport, by their numbers. */
export class SocketTable implements DatagramSender {
  readonly #open: (OpenSocket | undefined)[] = []
  readonly #closing = new Set<Promise<void>>()
  readonly #inbox: Inbox
  readonly #failures: FailureLog
  readonly #receiveBufferBytes: number
  readonly #reusePort: boolean
  /** What the system granted the socket opened last, in bytes; 0 before the first. */
  grantedBufferBytes = 0

  constructor(parts: {
    inbox: Inbox
    failures: FailureLog
    receiveBufferBytes: number
    reusePort: boolean
  }) {
    this.#inbox = parts.inbox
    this.#failures = parts.failures
    this.#receiveBufferBytes = parts.receiveBufferBytes
    this.#reusePort = parts.reusePort
  }

  get(id: SocketId): LocalSocket | undefined {
    return this.#open[id]?.local
  }

  /** @throws {ListenError} When the system refuses, or all numbers are used up. */
  open({ at, port, role, isShared = false }: SocketRequest): LocalSocket {
    const { address, family } = at
    const id = this.#open.length
    if (id >= IDS_MAX) throw new ListenError({ code: 'EOVERFLOW', address, port })
    const reusePort = this.#reusePort && role === 'listen' && !isShared
    const socket = openSocket({ address, family, port, isShared, reusePort })
    this.grantedBufferBytes = growReceiveBuffer(socket, this.#receiveBufferBytes)
    const local: LocalSocket = {
      id,
      address,
      port: socket.address().port,
      family,
      role,
      payloadBytesMax: payloadBytesMax(at),
    }
    socket.on('error', (error: NodeJS.ErrnoException) => this.#noteReceiveFailure(local, error))
    socket.on('message', (payload, remote) => this.#inbox.receive(id, payload, remote))
    this.#open.push({ local, socket })
    return local
  }

  close(id: SocketId): void {
    const entry = this.#open[id]
    if (entry === undefined) return
    this.#open[id] = undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#closing.add(promise)
    entry.socket.close(() => {
      this.#closing.delete(promise)
      resolve()
    })
  }

  /** Resolves when every socket is closed. */
  async closeAll(): Promise<void> {
    for (const id of this.#open.keys()) this.close(id)
    await Promise.all(this.#closing)
  }

  /** A datagram for a socket that went away is dropped, as the network would have done. */
  send(id: SocketId, payload: Uint8Array, peer: Peer): void {
    this.#open[id]?.socket.send(payload, peer.port, peer.address, this.#onSent)
  }

  queuedBytes(id: SocketId): number {
    return this.#open[id]?.socket.getSendQueueSize() ?? 0
  }

  /** One function for all sends: the error itself names the peer. */
  readonly #onSent = (error: NodeJS.ErrnoException | null): void => {
    if (error === null || error.code === 'ECANCELED') return
    const { code = 'UNKNOWN', address = '', port = 0 } = error as SendError
    noteSendFailure(this.#failures, { code, address, port })
  }

  #noteReceiveFailure(local: LocalSocket, error: NodeJS.ErrnoException): void {
    const { code = 'UNKNOWN' } = error
    this.#failures.note(`receive ${code}`, () => {
      const meaning = failureMeanings[code] ?? error.message
      return `Cannot receive on ${formatEndpoint(local.address, local.port)} (${code}): ${meaning}`
    })
  }
}

interface SendError extends NodeJS.ErrnoException {
  readonly address?: string
  readonly port?: number
}
