import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { Outbox, Peer } from '../base/datagram.ts'
import { CommandError, ExitStatus } from './command-error.ts'

/** Room for the largest run of blocks. */
const SLAB_BYTES = 128 * 1024
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/** What a client's machine needs of a socket: an outbox, and datagrams as they come. */
export class ClientSocket implements Outbox {
  readonly server: Peer
  slab: Uint8Array = new Uint8Array(SLAB_BYTES)
  readonly #socket: Socket
  #offset = 0

  /**
   * Finds the server and binds a socket.
   *
   * @param from - The address to ask from. Default: as the system chooses.
   * @throws {CommandError} When the host name has no address.
   */
  static async open(host: string, port: number, from?: string): Promise<ClientSocket> {
    const { address } = await lookup(host).catch((error: NodeJS.ErrnoException) => {
      throw new CommandError(`Cannot find the host "${host}": ${error.code}`, ExitStatus.noAnswer)
    })
    const socket = createSocket({
      type: isIPv6(address) ? 'udp6' : 'udp4',
      recvBufferSize: RECEIVE_BUFFER_BYTES,
    })
    socket.bind(0, from)
    await once(socket, 'listening')
    return new ClientSocket(socket, peerOf(address, port))
  }

  private constructor(socket: Socket, server: Peer) {
    this.#socket = socket
    this.server = server
  }

  onDatagram(take: (datagram: Uint8Array, from: Peer) => void): void {
    this.#socket.on('message', (bytes, from) => take(bytes, peerOf(from.address, from.port)))
  }

  /** An ICMP answer, a full buffer, a network that went away. */
  onError(take: (error: Error) => void): void {
    this.#socket.on('error', take)
  }

  reserve(bytesMax: number): number {
    if (this.#offset + bytesMax > this.slab.length) {
      this.slab = new Uint8Array(Math.max(SLAB_BYTES, bytesMax))
      this.#offset = 0
    }
    return this.#offset
  }

  commit(_socket: number, peer: Peer, bytes: number, segmentBytes = bytes): void {
    for (let at = 0; at < bytes; at += segmentBytes) {
      const part = this.slab.subarray(
        this.#offset + at,
        this.#offset + Math.min(bytes, at + segmentBytes),
      )
      // A datagram that could not be sent is one that was lost: the timers see to it.
      this.#socket.send(part, peer.port, peer.address, () => {})
    }
    this.#offset += bytes
  }

  close(): void {
    this.#socket.close()
  }
}

function peerOf(address: string, port: number): Peer {
  return { key: `${address} ${port}`, address, port }
}
