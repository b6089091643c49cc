import type { Outbox, Peer, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import { Refusal } from '../../base/refusal.ts'
import { Backoff } from './backoff.ts'
import { readOack } from './client-options.ts'
import { TftpErrorCode } from './error-code.ts'
import { draftNegotiation, type Negotiated } from './negotiated.ts'
import {
  decodeError,
  decodeOack,
  encodeError,
  encodeRequest,
  Opcode,
  readUint16,
} from './packet.ts'
import type { TftpRequest } from './server-events.ts'

/** How a client's transfer ended. */
export type ClientOutcome =
  /** Every byte arrived. */
  | { readonly kind: 'done' }
  /** The server sent an ERROR. */
  | { readonly kind: 'refused'; readonly code: number; readonly message: string }
  /** Nothing was heard for `giveUpMs`. */
  | { readonly kind: 'timed-out' }
  /** The client itself ended it: the server's options were wrong, or `abort` was called. */
  | { readonly kind: 'aborted'; readonly message: string }

export interface ClientTransferOptions {
  readonly outbox: Outbox
  readonly socket: SocketId
  /** Where the request goes; the transfer then runs with the port that answers. */
  readonly server: Peer
  readonly request: TftpRequest
  /** First wait before asking again, in ms. Default 1000. */
  readonly retryMs?: number
  /** Waits double up to this, in ms. Default 5000. */
  readonly retryMsMax?: number
  /** End without a sign of life, in ms. Default 60,000. */
  readonly giveUpMs?: number
  /** Called once. */
  readonly onEnd: (outcome: ClientOutcome) => void
}

/** Counts of a client's transfer. */
export interface ClientStats {
  /** File bytes on the wire: netascii-encoded if so asked. */
  readonly bytes: number
  readonly blocks: number
  /** Requests, blocks and ACKs sent again. */
  readonly retransmits: number
}

/**
 * What reading and writing clients share: asking until the server answers, and keeping to the port that did.
 *
 * @see RFC 1350 §4 (transfer identifiers), RFC 2347 §2 (options)
 */
export abstract class ClientTransfer {
  protected readonly options: ClientTransferOptions
  protected readonly giveUpMs: number
  protected server: Peer
  /** What was agreed on; undefined before the server has answered. */
  negotiated: Negotiated | undefined
  readonly #requestBytes: Uint8Array
  readonly #backoff: Backoff
  #askedAt: Instant = 0
  #firstAskedAt: Instant = 0
  #requestRepeats = 0
  #isOver = false

  constructor(options: ClientTransferOptions) {
    this.options = options
    this.giveUpMs = options.giveUpMs ?? 60_000
    this.server = options.server
    this.#requestBytes = encodeRequest(options.request)
    this.#backoff = new Backoff(options)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get stats(): ClientStats {
    const counts = this.counts()
    return { ...counts, retransmits: counts.retransmits + this.#requestRepeats }
  }

  /** When `wake` should next be called; undefined once the transfer is over. */
  get wakeAt(): Instant | undefined {
    if (this.#isOver) return undefined
    if (this.negotiated === undefined) return this.#askedAt + this.#backoff.waitMs
    return this.transferWakeAt
  }

  /** Sends the request. */
  start(now: Instant): void {
    this.#firstAskedAt = now
    this.#ask(now)
  }

  /** Takes a datagram, whoever sent it. */
  receive(datagram: Uint8Array, from: Peer, now: Instant): void {
    if (datagram.length < 4 || from.address !== this.server.address) return
    if (this.negotiated === undefined) return this.#firstAnswer(datagram, from, now)
    if (from.key !== this.server.key) return this.#stranger(datagram, from)
    if (readUint16(datagram, 0) === Opcode.error) this.#refused(datagram)
    else this.packet(datagram, now)
  }

  wake(now: Instant): void {
    if (this.#isOver || (this.wakeAt ?? now + 1) > now) return
    if (this.negotiated !== undefined) {
      if (!this.wakeTransfer(now)) this.end({ kind: 'timed-out' })
      return
    }
    if (now - this.#firstAskedAt >= this.giveUpMs) return this.end({ kind: 'timed-out' })
    this.#backoff.increase()
    this.#requestRepeats += 1
    this.#ask(now)
  }

  /** Tells the server, and ends. */
  abort(message: string): void {
    if (this.#isOver) return
    this.#sendError(this.server, { code: TftpErrorCode.undefined, message })
    this.end({ kind: 'aborted', message })
  }

  /** True when the packet is the answer that begins a transfer without options. */
  protected abstract isPlainAnswer(opcode: number, blockNumber: number): boolean
  /** The server has answered: the transfer runs. */
  protected abstract begin(now: Instant, isOack: boolean): void
  protected abstract packet(datagram: Uint8Array, now: Instant): void
  protected abstract wakeTransfer(now: Instant): boolean
  protected abstract readonly transferWakeAt: Instant | undefined
  protected abstract counts(): ClientStats

  protected end(outcome: ClientOutcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.options.onEnd(outcome)
  }

  #firstAnswer(datagram: Uint8Array, from: Peer, now: Instant): void {
    if (this.#isOver) return
    const opcode = readUint16(datagram, 0)
    if (opcode === Opcode.error) return this.#refused(datagram)
    if (opcode === Opcode.oack) return this.#oack(datagram, from, now)
    if (!this.isPlainAnswer(opcode, readUint16(datagram, 2))) return
    // The server knows no options (RFC 2347 §2): the defaults hold.
    this.server = from
    this.negotiated = draftNegotiation()
    this.begin(now, false)
    this.packet(datagram, now)
  }

  #oack(datagram: Uint8Array, from: Peer, now: Instant): void {
    this.server = from
    try {
      this.negotiated = readOack(this.options.request.options, decodeOack(datagram))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#sendError(from, { code: TftpErrorCode.optionRefused, message: error.wireMessage })
      return this.end({ kind: 'aborted', message: error.message })
    }
    this.begin(now, true)
  }

  /** Another port of the same host: it hears so, the transfer goes on (RFC 1350 §4). */
  #stranger(datagram: Uint8Array, from: Peer): void {
    if (readUint16(datagram, 0) === Opcode.error) return
    this.#sendError(from, { code: TftpErrorCode.unknownTransfer, message: 'Unknown transfer ID' })
  }

  #refused(datagram: Uint8Array): void {
    this.end({ kind: 'refused', ...decodeError(datagram) })
  }

  #ask(now: Instant): void {
    this.#askedAt = now
    this.#send(this.options.server, this.#requestBytes)
  }

  #sendError(to: Peer, error: { readonly code: number; readonly message: string }): void {
    this.#send(to, encodeError(error))
  }

  #send(to: Peer, packet: Uint8Array): void {
    const { outbox, socket } = this.options
    const offset = outbox.reserve(packet.length)
    outbox.slab.set(packet, offset)
    outbox.commit(socket, to, packet.length)
  }
}
