import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** One datagram as a client saw it. */
export interface Received {
  readonly payload: Buffer
  /** The address and port it came from. */
  readonly address: string
  readonly port: number
}

/** A UDP socket of a test: remembers what arrived until it is asked for. */
export class UdpClient {
  readonly #socket: Socket
  readonly #arrived: Received[] = []
  readonly #waiting: ((received: Received) => void)[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (payload, { address, port }: RemoteInfo) => {
      const received = { payload, address, port }
      const waiting = this.#waiting.shift()
      if (waiting) waiting(received)
      else this.#arrived.push(received)
    })
  }

  /** @param address - A loopback address to send from. */
  static async open(address = '127.0.0.1'): Promise<UdpClient> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.bind(0, address)
    await once(socket, 'listening')
    return new UdpClient(socket)
  }

  get port(): number {
    return this.#socket.address().port
  }

  send(
    payload: Uint8Array | string,
    to: { readonly address: string; readonly port: number },
  ): void {
    this.#socket.send(payload, to.port, to.address)
  }

  allowBroadcast(): void {
    this.#socket.setBroadcast(true)
  }

  /** The next datagram, in the order of arrival. */
  receive(): Promise<Received> {
    const received = this.#arrived.shift()
    if (received) return Promise.resolve(received)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async receiveMany(count: number): Promise<Received[]> {
    const all: Received[] = []
    while (all.length < count) all.push(await this.receive())
    return all
  }

  /** How many have arrived that nobody asked for. */
  get surplus(): number {
    return this.#arrived.length
  }

  async close(): Promise<void> {
    this.#socket.close()
    await once(this.#socket, 'close')
  }
}
