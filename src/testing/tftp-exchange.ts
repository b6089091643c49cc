import type { LocalSocket, Peer, SocketId } from '../base/datagram.ts'
import type { Instant } from '../base/instant.ts'
import {
  decodePacket,
  encodeAck,
  encodeError,
  encodeRequest,
  Opcode,
} from '../protocol/tftp/packet.ts'
import { ServerEndpoint } from '../protocol/tftp/server-endpoint.ts'
import type {
  EndpointListener,
  EndpointOptions,
  ReadTransfer,
  TransferOutcome,
  WriteTransfer,
} from '../protocol/tftp/server-events.ts'
import { MemoryBatch, memoryPeer, MemoryOutbox } from './memory-datagrams.ts'

/** Sockets 1 and 2 are its pool. */
const LISTENER = 0
/** A listener on another address; socket 4 is its pool. */
export const OTHER_LISTENER = 3

const localSockets: readonly LocalSocket[] = [
  localSocket(LISTENER, '10.0.0.1', 69),
  localSocket(1, '10.0.0.1', 20_001),
  localSocket(2, '10.0.0.1', 20_002),
  localSocket(OTHER_LISTENER, '10.0.0.2', 69),
  localSocket(4, '10.0.0.2', 20_001),
]

function localSocket(id: SocketId, address: string, port: number): LocalSocket {
  const role = port === 69 ? 'listen' : 'transfer'
  return { id, address, port, family: 'IPv4', role, payloadBytesMax: 1472 }
}

/** The client of every test, unless another is named. */
export const CLIENT = memoryPeer('10.0.0.9', 49_152)

/**
 * A server endpoint and what it said, in words: `1> DATA 1 512` is a block of 512 bytes from
 * socket 1 to the client, `1>10.0.0.8:5` one to another peer.
 */
export class TftpExchange {
  readonly endpoint: ServerEndpoint
  readonly reads: ReadTransfer[] = []
  readonly writes: WriteTransfer[] = []
  readonly outcomes: TransferOutcome[] = []
  readonly dropped: string[] = []
  readonly uploaded: number[] = []
  wantedCount = 0
  endedUploads = 0
  now: Instant = 1000
  /** UDP payload that the endpoint was handed, and that it sent, in all. */
  receivedBytes = 0
  sentBytes = 0
  readonly #batch = new MemoryBatch()
  #said: string[] = []
  #nextSocket = 0

  /** @param hooks - Called instead of only noting the event. */
  constructor(
    options: EndpointOptions & { readonly isSinglePort?: boolean } = {},
    hooks: Partial<EndpointListener> = {},
  ) {
    const { isSinglePort = false, ...endpointOptions } = options
    this.endpoint = new ServerEndpoint({
      outbox: new MemoryOutbox(({ socket, peer, bytes }) => {
        this.sentBytes += bytes.length
        const to = peer.key === CLIENT.key ? '' : `${peer.address}:${peer.port}`
        this.#said.push(`${socket}>${to} ${describePacket(bytes)}`)
      }),
      listener: { ...this.#listener, ...hooks },
      options: endpointOptions,
      localSocket: (id) => localSockets[id],
      transferSocket: (listener) => {
        if (isSinglePort) return listener
        return listener === OTHER_LISTENER ? 4 : 1 + (this.#nextSocket++ % 2)
      },
    })
  }

  /** The latest read. */
  get read(): ReadTransfer {
    return last(this.reads)
  }

  /** The latest write. */
  get write(): WriteTransfer {
    return last(this.writes)
  }

  /** Hands a datagram to the endpoint. @returns What it says to it. */
  receive(
    bytes: Uint8Array,
    { socket = LISTENER, from = CLIENT }: { socket?: SocketId; from?: Peer } = {},
  ): string[] {
    this.receivedBytes += bytes.length
    this.endpoint.receive(this.#batch.set(socket, from, bytes), 0, this.now)
    return this.said()
  }

  /** An RRQ to the listener. */
  ask(name: string, options: Record<string, string> = {}, mode: 'octet' | 'netascii' = 'octet') {
    return this.receive(request('read', name, { options, mode }))
  }

  /** A WRQ to the listener. */
  offer(name: string, options: Record<string, string> = {}, mode: 'octet' | 'netascii' = 'octet') {
    return this.receive(request('write', name, { options, mode }))
  }

  ack(blockNumber: number, socket: SocketId = 1): string[] {
    return this.receive(encodeAck(blockNumber), { socket })
  }

  data(blockNumber: number, payload: Uint8Array, socket: SocketId = 1): string[] {
    return this.receive(data(blockNumber, payload), { socket })
  }

  error(code: number, message: string, socket: SocketId = 1): string[] {
    return this.receive(encodeError({ code, message }), { socket })
  }

  /** Lets time pass, waking the endpoint whenever it asks. @returns What it says meanwhile. */
  pass(ms: number): string[] {
    const end = this.now + ms
    for (;;) {
      const { wakeAt } = this.endpoint
      if (wakeAt === undefined || wakeAt > end) break
      this.now = Math.max(this.now, wakeAt)
      this.endpoint.wake(this.now)
    }
    this.now = end
    return this.said()
  }

  /** What was said since the last look. */
  said(): string[] {
    const said = this.#said
    this.#said = []
    return said
  }

  readonly #listener: EndpointListener = {
    readRequested: (transfer) => void this.reads.push(transfer),
    writeRequested: (transfer) => void this.writes.push(transfer),
    bytesWanted: () => void (this.wantedCount += 1),
    dataReceived: (_transfer, bytes) => void this.uploaded.push(...bytes),
    dataEnded: () => void (this.endedUploads += 1),
    transferEnded: (_transfer, outcome) => void this.outcomes.push(outcome),
    datagramDropped: (reason) => void this.dropped.push(reason),
  }
}

/** A request as bytes. */
export function request(
  kind: 'read' | 'write',
  name: string,
  rest: { options?: Record<string, string>; mode?: 'octet' | 'netascii' } = {},
): Uint8Array {
  const options = new Map(Object.entries(rest.options ?? {}))
  const filename = new TextEncoder().encode(name)
  return encodeRequest({ kind, filename, mode: rest.mode ?? 'octet', options })
}

/** DATA as bytes. */
export function data(blockNumber: number, payload: Uint8Array): Uint8Array {
  return Uint8Array.of(0, Opcode.data, blockNumber >> 8, blockNumber & 0xff, ...payload)
}

/** Bytes that differ from their neighbours, for `bytes` bytes. */
export function patterned(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + (index >> 8)) & 0xff)
}

/** One packet in words: `DATA 1 512`, `ACK 0`, `OACK tsize=5`, `ERROR 1 File not found`. */
export function describePacket(bytes: Uint8Array): string {
  const packet = decodePacket(bytes)
  switch (packet.opcode) {
    case 'data':
      return `DATA ${packet.blockNumber} ${packet.payload.length}`
    case 'ack':
      return `ACK ${packet.blockNumber}`
    case 'oack':
      return ['OACK', ...[...packet.options].map(([name, value]) => `${name}=${value}`)].join(' ')
    case 'error':
      return `ERROR ${packet.code} ${packet.message}`
    case 'pause':
      return `PAUSE ${packet.seconds}`
    default:
      return packet.opcode.toUpperCase()
  }
}

function last<T>(items: readonly T[]): T {
  const item = items.at(-1)
  if (item === undefined) throw new TypeError('There is none yet')
  return item
}
