import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** A datagram as it came, with the port it came from. */
export interface RawReply {
  readonly bytes: Buffer
  readonly port: number
}

/** A UDP socket that sends exactly what it is told: for saying wrong things to a server. */
export class RawClient implements AsyncDisposable {
  readonly #socket: Socket
  readonly #replies: RawReply[] = []
  #onReply: (() => void) | undefined
  /** Resolves when the latest datagram has left. */
  #sent = Promise.resolve()

  static async open(address = '127.0.0.1'): Promise<RawClient> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.bind(0, address)
    await once(socket, 'listening')
    return new RawClient(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (bytes: Buffer, from: RemoteInfo) => {
      this.#replies.push({ bytes, port: from.port })
      this.#onReply?.()
    })
  }

  send(bytes: Uint8Array, port: number, address = '127.0.0.1'): void {
    const sent = Promise.withResolvers<void>()
    this.#sent = sent.promise
    this.#socket.send(bytes, port, address, () => sent.resolve())
  }

  /** The next datagram that comes, or came and was not yet taken. */
  async reply(): Promise<RawReply> {
    for (;;) {
      const next = this.#replies.shift()
      if (next !== undefined) return next
      await new Promise<void>((resolve) => {
        this.#onReply = resolve
      })
    }
  }

  /** Datagrams that came and were not taken. */
  get pending(): readonly RawReply[] {
    return this.#replies
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sent
    this.#socket.close()
    await once(this.#socket, 'close')
  }
}

/** A request as bytes: opcode, then each part with its NUL. Parts may be anything. */
export function rawRequest(opcode: number, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const pieces = parts.flatMap((part) => [Buffer.from(part as string), Buffer.from([0])])
  return Buffer.concat([Buffer.from([0, opcode]), ...pieces])
}
