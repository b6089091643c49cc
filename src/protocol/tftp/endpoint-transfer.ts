import type { Outbox, Peer, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import type { RefusalCode } from '../../base/refusal.ts'
import type { AnswerBudget } from './answer-budget.ts'
import type { EndpointSettings } from './endpoint-settings.ts'
import { tftpErrorFor } from './error-code.ts'
import type { Negotiated } from './negotiated.ts'
import { encodeOack } from './packet.ts'
import type {
  EndpointListener,
  ServerTransfer,
  TftpRequest,
  TransferOutcome,
  TransferStats,
} from './server-events.ts'
import { hashOf } from './request-hash.ts'
import type { Sleeper } from './timer-wheel.ts'
import type { TransferTimers } from './transfer-clock.ts'
import { sendError, type WirePath } from './wire-path.ts'

/** What the transfers of an endpoint need of it. */
export interface TransferHost {
  readonly outbox: Outbox
  readonly listener: EndpointListener
  readonly settings: EndpointSettings
  readonly budget: AnswerBudget
  /** The transfer's `wakeAt` may have moved. */
  rescheduled(transfer: EndpointTransfer, now: Instant): void
  /** The transfer is over: nothing more is expected of it. */
  ended(transfer: EndpointTransfer, outcome: TransferOutcome, now: Instant): void
}

/** What starts a transfer. */
export interface TransferStart {
  readonly request: TftpRequest
  /** The request as it came: what a repeat is compared with. */
  readonly requestBytes: Uint8Array
  readonly peer: Peer
  /** The socket that was asked. */
  readonly listener: SocketId
  /** The socket that answers. */
  readonly socket: SocketId
  /** The largest UDP payload that leaves `socket` unfragmented, in bytes. */
  readonly payloadBytesMax: number
}

/**
 * How long after progress the same request may be a late repeat of the one that is served, in ms.
 * No device starts anew so soon.
 */
const DOUBT_MS = 250

/** A request that takes a transfer's place, unless its client goes on with it until then. */
interface Successor {
  readonly at: Instant
  readonly begin: (now: Instant) => void
}

type LiveStats = { -readonly [Name in keyof TransferStats]: TransferStats[Name] }

const noOptions: ReadonlyMap<string, string> = new Map()

/** What reads and writes have in common, as the endpoint sees them. */
export abstract class EndpointTransfer implements ServerTransfer, Sleeper {
  abstract readonly kind: 'read' | 'write'
  readonly request: TftpRequest
  readonly peer: Peer
  readonly listener: SocketId
  readonly socket: SocketId
  readonly stats: LiveStats
  tag: unknown
  filedTick: number | undefined
  filedIndex = 0
  /** Another transfer of the same peer, with another of our addresses. */
  sibling: EndpointTransfer | undefined
  protected readonly host: TransferHost
  protected readonly path: WirePath
  readonly #start: TransferStart
  #progressAt: Instant | undefined
  #successor: Successor | undefined
  #acknowledged = noOptions
  #clientError: { readonly code: number; readonly message: string } | undefined
  #isOver = false

  constructor(host: TransferHost, start: TransferStart, now: Instant) {
    this.host = host
    this.#start = start
    this.request = start.request
    this.peer = start.peer
    this.listener = start.listener
    this.socket = start.socket
    const { socket, peer } = start
    const allowance = host.budget.allowance(peer.address, start.requestBytes.length)
    this.path = { outbox: host.outbox, socket, peer, allowance }
    this.stats = {
      startedAt: now,
      answeredAt: undefined,
      bytes: 0,
      blocks: 0,
      retransmits: 0,
      repeats: 0,
    }
  }

  get wakeAt(): Instant | undefined {
    const ownWakeAt = this.ownWakeAt
    if (this.#successor === undefined) return ownWakeAt
    return Math.min(this.#successor.at, ownWakeAt ?? Number.POSITIVE_INFINITY)
  }

  /** When the transfer itself has something to do. */
  protected abstract get ownWakeAt(): Instant | undefined

  /** True once the client has answered: the same request is then a new one. */
  abstract get hasClientAnswered(): boolean

  /** True once nothing but the end is missing: the last block has left, or has come. */
  protected abstract get isAtEnd(): boolean

  /** For a write that is delivered: the block whose ACK is repeated to repeats. */
  abstract get lastBlockNumber(): number | undefined

  get acknowledged(): ReadonlyMap<string, string> {
    return this.#acknowledged
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get clientError(): { readonly code: number; readonly message: string } | undefined {
    return this.#clientError
  }

  refuse(code: RefusalCode, message: string, now: Instant): void {
    if (this.#isOver) return
    sendError(this.path, { code: tftpErrorFor[code], message })
    this.conclude('refused', now)
  }

  /** Counts as timed out: the client hears nothing more. */
  drop(now: Instant): void {
    this.conclude('timed-out', now)
  }

  /** Compares a datagram with the request. */
  isRequestedBy(datagram: Uint8Array): boolean {
    const { requestBytes } = this.#start
    if (datagram.length !== requestBytes.length) return false
    return requestBytes.every((byte, index) => byte === datagram[index])
  }

  /** Of the request's bytes, to tell it again. */
  get requestHash(): number {
    return hashOf(this.#start.requestBytes)
  }

  /** Counts a repeated request. */
  repeated(now: Instant): void {
    this.stats.repeats += 1
    this.heard(now)
  }

  /**
   * The same request has come after the client's answer, and asks anew; unless it comes late. A
   * server that is behind reads it when the answer is read already, as they come by different
   * sockets: then the client goes on, and the transfer with it.
   *
   * @param begin - Begins the new transfer, and ends this one.
   */
  askedAnew(begin: (now: Instant) => void, now: Instant): void {
    const at = (this.#progressAt ?? Number.NEGATIVE_INFINITY) + DOUBT_MS
    if (at <= now || this.isAtEnd) return begin(now)
    this.stats.repeats += 1
    this.#successor ??= { at, begin }
    this.host.rescheduled(this, now)
  }

  /** Takes the client's ERROR. */
  failed(error: { readonly code: number; readonly message: string }, now: Instant): void {
    if (this.#isOver) return
    this.#clientError = error
    this.conclude(this.outcomeOfClientError(), now)
  }

  /** The endpoint stops: a client that was answered hears of it, the others ask again. */
  stop(now: Instant): void {
    if (this.#isOver) return
    const message = 'The server is stopping'
    if (this.stats.answeredAt !== undefined) sendError(this.path, { code: 0, message })
    this.conclude('stopped', now)
  }

  /** Ends without a word. */
  conclude(outcome: TransferOutcome, now: Instant): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#successor = undefined
    this.released()
    this.host.ended(this, outcome, now)
  }

  /** Does what is due. */
  wake(now: Instant): void {
    const successor = this.#successor
    if (successor !== undefined && successor.at <= now) successor.begin(now)
    else this.woken(now)
  }

  /** Sends again what is due. */
  protected abstract woken(now: Instant): void

  /** The client goes on: it has not asked anew. */
  protected progressed(now: Instant): void {
    this.#progressAt = now
    this.#successor = undefined
  }

  /** Takes an ACK; means nothing to a write. */
  receiveAck(_blockNumber: number, _now: Instant): void {}

  /** Takes DATA; means nothing to a read. */
  receiveData(_blockNumber: number, _payload: Uint8Array, _now: Instant): void {}

  /** The client showed life. */
  protected abstract heard(now: Instant): void

  /** Lets go of buffers. */
  protected abstract released(): void

  protected abstract outcomeOfClientError(): TransferOutcome

  protected get payloadBytesMax(): number {
    return this.#start.payloadBytesMax
  }

  /** Notes what was agreed on. @returns The OACK; undefined when nothing is acknowledged. */
  protected agree({ acknowledged }: Negotiated): Uint8Array | undefined {
    this.#acknowledged = acknowledged
    return acknowledged.size === 0 ? undefined : encodeOack(acknowledged)
  }

  /** The timers, with what the client asked for. */
  protected timers({ retryMs }: Negotiated): TransferTimers {
    const { settings } = this.host
    return {
      retryMs: retryMs ?? settings.retryMs,
      retryMsMax: settings.retryMsMax,
      giveUpMs: settings.giveUpMs,
    }
  }
}
