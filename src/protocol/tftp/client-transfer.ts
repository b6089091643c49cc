import type { Outbox, Peer, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import { Refusal } from '../../base/refusal.ts'
import { Backoff } from './backoff.ts'
import { readOack } from './client-options.ts'
import { TftpErrorCode } from './error-code.ts'
import { draftNegotiation, type Negotiated } from './negotiated.ts'
import { decodeError, decodeOack, encodeRequest, Opcode, readUint16 } from './packet.ts'
import type { TftpRequest } from './server-events.ts'
import type { TransferTimers } from './transfer-clock.ts'
import { sendDatagram, sendError, type WirePath } from './wire-path.ts'

/** How a client's transfer ended. */
export type ClientOutcome =
  /** Every byte arrived. */
  | { readonly kind: 'done' }
  /** The server sent an ERROR. */
  | { readonly kind: 'refused'; readonly code: number; readonly message: string }
  /** Nothing for `giveUpMs`, or no answer to any of `attemptsMax` requests. */
  | { readonly kind: 'timed-out' }
  /** The client itself ended it: the server's options were wrong, or `abort` was called. */
  | { readonly kind: 'aborted'; readonly message: string }

/** What reading and writing clients are made of. */
export interface ClientTransferOptions {
  readonly outbox: Outbox
  /** The socket that sends, for the outbox. */
  readonly socket: SocketId
  /** Where the request goes; the transfer then runs with the port that answers. */
  readonly server: Peer
  readonly request: TftpRequest
  /** First wait before sending again, in ms, unless a timeout is agreed on. Default 1000. */
  readonly retryMs?: number
  /** Waits double up to this, in ms. Default 5000. */
  readonly retryMsMax?: number
  /**
   * End without an answer, a read without a sign of life, a write without progress, in ms. Default
   * 60,000.
   */
  readonly giveUpMs?: number
  /** Requests sent before the server is given up, from 1. Default: as many as `giveUpMs` allows. */
  readonly attemptsMax?: number
  /** Told once, when the transfer is over. */
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
 * What reading and writing clients share: asking until the server answers, and keeping to the port
 * that did.
 *
 * @see RFC 1350 §4 (transfer identifiers), RFC 2347 §2 (options)
 */
export abstract class ClientTransfer {
  readonly #options: ClientTransferOptions
  readonly #requestBytes: Uint8Array
  readonly #backoff: Backoff
  readonly #giveUpMs: number
  #server: Peer
  #negotiated: Negotiated | undefined
  #askedAt: Instant = 0
  #firstAskedAt: Instant = 0
  #requests = 0
  #isOver = false

  /** @throws {Refusal} `MALFORMED_REQUEST` when the request cannot be encoded. */
  constructor(options: ClientTransferOptions) {
    this.#options = options
    this.#giveUpMs = options.giveUpMs ?? 60_000
    this.#server = options.server
    this.#requestBytes = encodeRequest(options.request)
    this.#backoff = new Backoff(options)
  }

  /** True once `onEnd` was told. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** What was agreed on; undefined before the server has answered. */
  get negotiated(): Negotiated | undefined {
    return this.#negotiated
  }

  /** Counts so far. */
  get stats(): ClientStats {
    const counts = this.counts()
    const repeats = Math.max(0, this.#requests - 1)
    return { ...counts, retransmits: counts.retransmits + repeats }
  }

  /** When `wake` should next be called; undefined once the transfer is over. */
  get wakeAt(): Instant | undefined {
    if (this.#isOver) return undefined
    if (this.#negotiated !== undefined) return this.transferWakeAt
    return Math.min(this.#askedAt + this.#backoff.waitMs, this.#firstAskedAt + this.#giveUpMs)
  }

  /** Sends the request. */
  start(now: Instant): void {
    this.#firstAskedAt = now
    this.#ask(now)
  }

  /**
   * Takes a datagram, whoever sent it. Worth calling even after the end: a server that missed the
   * last ACK repeats its last block, and gets the ACK again.
   */
  receive(datagram: Uint8Array, from: Peer, now: Instant): void {
    if (datagram.length < 2 || from.address !== this.#server.address) return
    const opcode = readUint16(datagram, 0)
    if (opcode !== Opcode.oack && datagram.length < 4) return
    if (this.#negotiated === undefined) this.#firstAnswer(datagram, from, now)
    else if (from.key !== this.#server.key) this.#stranger(opcode, from)
    else if (opcode === Opcode.error) this.#refused(datagram)
    else this.packet(datagram, now)
  }

  /** Sends again what is due, or gives up. */
  wake(now: Instant): void {
    if ((this.wakeAt ?? Number.POSITIVE_INFINITY) > now) return
    if (this.#negotiated !== undefined) {
      if (!this.wakeTransfer(now)) this.end({ kind: 'timed-out' })
      return
    }
    const isGivenUp = now - this.#firstAskedAt >= this.#giveUpMs
    if (isGivenUp || this.#requests >= (this.#options.attemptsMax ?? Number.POSITIVE_INFINITY)) {
      this.end({ kind: 'timed-out' })
      return
    }
    this.#backoff.increase()
    this.#ask(now)
  }

  /** Tells the server, if it has answered, and ends. */
  abort(message: string): void {
    if (this.#isOver) return
    if (this.#negotiated !== undefined) sendError(this.path, { code: 0, message })
    this.end({ kind: 'aborted', message })
  }

  /** True when the packet is the answer that begins a transfer without options. */
  protected abstract isPlainAnswer(opcode: number, blockNumber: number): boolean

  /** The server has answered: the transfer runs. */
  protected abstract begin(negotiated: Negotiated, now: Instant): void

  /** A packet of the transfer, no ERROR. Comes after the end as well. */
  protected abstract packet(datagram: Uint8Array, now: Instant): void

  /** Sends again what is due. @returns False when the server has been given up. */
  protected abstract wakeTransfer(now: Instant): boolean

  /** Lets go of buffers. */
  protected abstract stopped(): void

  protected abstract get transferWakeAt(): Instant | undefined
  protected abstract counts(): ClientStats

  protected get path(): WirePath {
    const { outbox, socket } = this.#options
    return { outbox, socket, peer: this.#server }
  }

  /** The timers, with the timeout that was agreed on. */
  protected timers({ retryMs = this.#options.retryMs }: Negotiated): TransferTimers {
    const { retryMsMax } = this.#options
    return {
      giveUpMs: this.#giveUpMs,
      ...(retryMs === undefined ? {} : { retryMs }),
      ...(retryMsMax === undefined ? {} : { retryMsMax }),
    }
  }

  protected end(outcome: ClientOutcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.stopped()
    this.#options.onEnd(outcome)
  }

  #firstAnswer(datagram: Uint8Array, from: Peer, now: Instant): void {
    if (this.#isOver) return
    const opcode = readUint16(datagram, 0)
    if (opcode === Opcode.error) this.#refused(datagram)
    else if (opcode === Opcode.oack) this.#oack(datagram, from, now)
    else if (this.isPlainAnswer(opcode, readUint16(datagram, 2))) {
      // The server knows no options (RFC 2347 §2): the defaults hold.
      this.#runWith(from, draftNegotiation(), now)
      this.packet(datagram, now)
    }
  }

  #oack(datagram: Uint8Array, from: Peer, now: Instant): void {
    const { outbox, socket, request } = this.#options
    let negotiated: Negotiated
    try {
      negotiated = readOack(request.options, decodeOack(datagram))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const code = TftpErrorCode.optionRefused
      sendError({ outbox, socket, peer: from }, { code, message: error.wireMessage })
      this.end({ kind: 'aborted', message: error.message })
      return
    }
    this.#runWith(from, negotiated, now)
    this.packet(datagram, now)
  }

  #runWith(server: Peer, negotiated: Negotiated, now: Instant): void {
    this.#server = server
    this.#negotiated = negotiated
    this.begin(negotiated, now)
  }

  /** Another port of the same host: it hears so, the transfer goes on (RFC 1350 §4). */
  #stranger(opcode: number, peer: Peer): void {
    if (opcode === Opcode.error) return
    const { outbox, socket } = this.#options
    const code = TftpErrorCode.unknownTransfer
    sendError({ outbox, socket, peer }, { code, message: 'Unknown transfer ID' })
  }

  #refused(datagram: Uint8Array): void {
    this.end({ kind: 'refused', ...decodeError(datagram) })
  }

  #ask(now: Instant): void {
    this.#askedAt = now
    this.#requests += 1
    sendDatagram(this.path, this.#requestBytes)
  }
}
