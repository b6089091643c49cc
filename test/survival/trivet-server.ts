import type { LocalSocket, Peer, SocketId } from '../../src/base/datagram.ts'
import type { Instant } from '../../src/base/instant.ts'
import { ServerEndpoint } from '../../src/protocol/tftp/server-endpoint.ts'
import type {
  EndpointListener,
  ReadTransfer,
  ServerTransfer,
  TransferOutcome,
} from '../../src/protocol/tftp/server-events.ts'
import { MemoryBatch, memoryPeer } from '../../src/testing/memory-datagrams.ts'
import type { NetworkClock, VirtualNetwork } from '../../src/testing/virtual-network.ts'

const ADDRESS = '10.0.0.1'
const locals: readonly LocalSocket[] = [0, 1].map((id) => ({
  id,
  address: ADDRESS,
  port: id === 0 ? 69 : 20_001,
  family: 'IPv4',
  role: id === 0 ? 'listen' : 'transfer',
  payloadBytesMax: 1472,
}))

/** The server's endpoint as it is, with a generator that takes its time behind it. */
export class TrivetServer implements NetworkClock, EndpointListener {
  readonly #network: VirtualNetwork
  readonly #endpoint: ServerEndpoint
  readonly #batch = new MemoryBatch()
  readonly #file: { readonly bytes: Uint8Array; readonly delayMs: number }
  readonly #knowsSize: boolean
  /** When the file of an address and name is there; gone once it was delivered. */
  readonly #readyAt = new Map<string, Instant>()
  /** How often a file was made. */
  generations = 0

  constructor(
    network: VirtualNetwork,
    file: { readonly bytes: Uint8Array; readonly delayMs: number },
    knowsSize: boolean,
  ) {
    this.#network = network
    this.#file = file
    this.#knowsSize = knowsSize
    const peers = locals.map(({ port }) => memoryPeer(ADDRESS, port))
    this.#endpoint = new ServerEndpoint({
      outbox: network.outbox((id) => peers[id] ?? memoryPeer(ADDRESS, 69)),
      listener: this,
      options: {},
      localSocket: (id) => locals[id],
      transferSocket: () => 1,
    })
    for (const [socket, peer] of peers.entries()) {
      network.attach(peer, { receive: (bytes, from) => this.#receive(socket, from, bytes) })
    }
    network.addClock(this)
  }

  get wakeAt(): Instant | undefined {
    return this.#endpoint.wakeAt
  }

  wake(now: Instant): void {
    this.#endpoint.wake(now)
  }

  readRequested(transfer: ReadTransfer): void {
    const { now } = this.#network
    const rendition = renditionOf(transfer)
    let readyAt = this.#readyAt.get(rendition)
    if (readyAt === undefined) {
      readyAt = now + this.#file.delayMs
      this.#readyAt.set(rendition, readyAt)
      this.generations += 1
    }
    const { bytes } = this.#file
    if (this.#knowsSize) transfer.sizeKnown(bytes.length, now)
    this.#network.after(Math.max(0, readyAt - now), () => {
      transfer.begin({ sizeBytes: bytes.length }, this.#network.now)
      transfer.push(bytes, this.#network.now)
      transfer.end(this.#network.now)
    })
  }

  writeRequested(): void {}

  bytesWanted(): void {}

  dataReceived(): void {}

  dataEnded(): void {}

  transferEnded(transfer: ServerTransfer, outcome: TransferOutcome): void {
    if (outcome === 'delivered') this.#readyAt.delete(renditionOf(transfer))
  }

  datagramDropped(): void {}

  #receive(socket: SocketId, from: Peer, bytes: Uint8Array): void {
    this.#endpoint.receive(this.#batch.set(socket, from, bytes), 0, this.#network.now)
  }
}

/** A file is made once for an address and a name, whatever port asks for it. */
function renditionOf({ peer, request }: ServerTransfer): string {
  return `${peer.address} ${new TextDecoder().decode(request.filename)}`
}
