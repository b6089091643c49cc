import type { LocalSocket, Outbox, Peer, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import type { RefusalCode } from '../../base/refusal.ts'
import { tftpErrorFor } from './error-code.ts'
import { encodeError } from './packet.ts'
import type {
  EndpointListener,
  EndpointOptions,
  ServerTransfer,
  TftpRequest,
  TransferOutcome,
  TransferStats,
} from './server-events.ts'
import type { Sleeper } from './timer-wheel.ts'

/** What a transfer needs of the endpoint it belongs to. */
export interface TransferHost {
  readonly outbox: Outbox
  readonly listener: EndpointListener
  readonly options: EndpointOptions
  localSocket(id: SocketId): LocalSocket | undefined
  /** The transfer's `wakeAt` may have come nearer. */
  reschedule(transfer: ServerTransferBase, now: Instant): void
  /** The transfer is over. */
  ended(transfer: ServerTransferBase, now: Instant): void
}

/** Which request, from whom, on which sockets. */
export interface TransferStart {
  readonly request: TftpRequest
  /** The request's bytes: what a repeat is compared with. */
  readonly requestBytes: Uint8Array
  readonly peer: Peer
  readonly listener: SocketId
  readonly socket: SocketId
}

/** What reads and writes have in common on the server's side. */
export abstract class ServerTransferBase implements ServerTransfer, Sleeper {
  readonly request: TftpRequest
  readonly requestBytes: Uint8Array
  readonly peer: Peer
  readonly listener: SocketId
  readonly socket: SocketId
  acknowledged: ReadonlyMap<string, string> = NONE
  clientError: { readonly code: number; readonly message: string } | undefined
  tag: unknown
  /** The wheel's own. */
  filedTick: number | undefined
  filedIndex = 0
  /** Until when an ended transfer still swallows or answers repeats. */
  lingersUntil: Instant = 0
  protected readonly host: TransferHost
  protected readonly startedAt: Instant
  protected answeredAt: Instant | undefined
  #repeats = 0
  #isOver = false

  constructor(start: TransferStart, host: TransferHost, now: Instant) {
    this.request = start.request
    this.requestBytes = start.requestBytes
    this.peer = start.peer
    this.listener = start.listener
    this.socket = start.socket
    this.host = host
    this.startedAt = now
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get stats(): TransferStats {
    const { bytes, blocks, retransmits } = this.counts()
    const { startedAt, answeredAt } = this
    return { startedAt, answeredAt, bytes, blocks, retransmits, repeats: this.#repeats }
  }

  /** The client has acknowledged something: an equal request is a new one now. */
  abstract readonly hasHeardClient: boolean
  abstract readonly wakeAt: Instant | undefined
  /** A packet of this transfer other than a request or an ERROR. */
  abstract packet(opcode: number, bytes: PacketView, now: Instant): void
  abstract wake(now: Instant): void
  protected abstract counts(): { bytes: number; blocks: number; retransmits: number }
  /** Lets go of bytes and timers. */
  protected abstract release(outcome: TransferOutcome): void

  /** Whether these bytes are this transfer's request once more. */
  isRepeat(slab: Uint8Array, offset: number, length: number): boolean {
    const own = this.requestBytes
    if (length !== own.length || this.hasHeardClient) return false
    for (let index = 0; index < length; index += 1) {
      if (slab[offset + index] !== own[index]) return false
    }
    return true
  }

  repeated(): void {
    this.#repeats += 1
  }

  refuse(code: RefusalCode, message: string, now: Instant): void {
    if (this.#isOver) return
    this.send(encodeError({ code: tftpErrorFor[code], message }))
    this.finishAs('refused', now)
  }

  drop(now: Instant): void {
    this.finishAs('refused', now)
  }

  /** Ends the transfer; the listener hears it once. */
  finishAs(outcome: TransferOutcome, now: Instant): void {
    if (this.#isOver) return
    this.#isOver = true
    this.release(outcome)
    this.host.ended(this, now)
    this.host.listener.transferEnded(this, outcome)
  }

  /** The client sent an ERROR. */
  errored(error: { readonly code: number; readonly message: string }, now: Instant): void {
    if (this.#isOver) return
    this.clientError = error
    this.finishAs(this.outcomeOfError(), now)
  }

  protected outcomeOfError(): TransferOutcome {
    return 'aborted'
  }

  protected send(packet: Uint8Array): void {
    const { outbox } = this.host
    const offset = outbox.reserve(packet.length)
    outbox.slab.set(packet, offset)
    outbox.commit(this.socket, this.peer, packet.length)
  }

  protected get payloadBytesMax(): number {
    return this.host.localSocket(this.socket)?.payloadBytesMax ?? PAYLOAD_BYTES_DEFAULT
  }
}

/** Where a packet lies. One object, filled anew for each packet. */
export interface PacketView {
  slab: Uint8Array
  offset: number
  length: number
}

const NONE: ReadonlyMap<string, string> = new Map()
/** An Ethernet frame less IPv6 and UDP headers. */
const PAYLOAD_BYTES_DEFAULT = 1452
