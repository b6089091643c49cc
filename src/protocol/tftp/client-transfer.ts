import type { Outbox, Peer, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import { Refusal } from '../../base/refusal.ts'
import { readOack } from './client-options.ts'
import { TftpErrorCode } from './error-code.ts'
import { draftNegotiation, type Negotiated } from './negotiated.ts'
import {
  decodeError,
  decodeOack,
  decodePause,
  encodeRequest,
  Opcode,
  readUint16,
} from './packet.ts'
import { pauseSecondsAsked } from './pause.ts'
import { RequestClock } from './request-clock.ts'
import type { TftpRequest } from './server-events.ts'
import type { TransferTimers } from './transfer-clock.ts'
import { sendDatagram, sendError, type WirePath } from './wire-path.ts'

/** How a client's transfer ended. */
export type ClientOutcome =
  /** Every byte arrived. */
  | { readonly kind: 'done' }
  /** The server sent an ERROR. */
  | { readonly kind: 'refused'; readonly code: number; readonly message: string }
  /**
   * Nothing for `giveUpMs`, no answer to any of `attemptsMax` requests, or no byte in the time that
   * the option `pause` says.
   */
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
  /** Told of each PAUSE, with the seconds it promises. Only where the request asks for `pause`. */
  readonly onPause?: (seconds: number) => void
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
 * A read that asked for `pause` is told by PAUSE that the file is still being made. The request is
 * repeated when a promise is broken, from the same port: to the server it is the same one.
 *
 * @see RFC 1350 §4 (transfer identifiers), RFC 2347 §2 (options)
 */
export abstract class ClientTransfer {
  readonly #options: ClientTransferOptions
  readonly #requestBytes: Uint8Array
  readonly #giveUpMs: number
  readonly #clock: RequestClock
  #server: Peer
  #negotiated: Negotiated | undefined
  #answeredAt: Instant | undefined
  #isOver = false

  /** @throws {Refusal} `MALFORMED_REQUEST` when the request cannot be encoded. */
  constructor(options: ClientTransferOptions) {
    this.#options = options
    this.#giveUpMs = options.giveUpMs ?? 60_000
    this.#server = options.server
    this.#requestBytes = encodeRequest(options.request)
    this.#clock = new RequestClock(options, pauseSecondsAsked(options.request))
  }

  /** True once `onEnd` was told. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** What was agreed on; undefined before the server has answered. */
  get negotiated(): Negotiated | undefined {
    return this.#negotiated
  }

  /** When the first OACK, DATA or ACK came; undefined before. */
  get answeredAt(): Instant | undefined {
    return this.#answeredAt
  }

  /** PAUSEs taken; undefined where the request does not ask for `pause`. */
  get pauseCount(): number | undefined {
    return this.#clock.pauseCount
  }

  /** Counts so far. */
  get stats(): ClientStats {
    const counts = this.counts()
    return { ...counts, retransmits: counts.retransmits + this.#clock.repeats }
  }

  /** When `wake` should next be called; undefined once the transfer is over. */
  get wakeAt(): Instant | undefined {
    if (this.#isOver) return undefined
    return this.#negotiated === undefined ? this.#clock.wakeAt : this.transferWakeAt
  }

  /** Sends the request. */
  start(now: Instant): void {
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
    const server = this.#answering
    if (server !== undefined && from.key !== server.key) this.#stranger(opcode, from)
    else if (this.#negotiated === undefined) this.#firstAnswer(datagram, from, now)
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
    if (this.#clock.isGivenUp(now)) {
      this.#tell('No longer waiting for the file')
      this.end({ kind: 'timed-out' })
    } else this.#ask(now)
  }

  /** Tells the server, if it has answered, and ends. */
  abort(message: string): void {
    if (this.#isOver) return
    this.#tell(message)
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
    else if (opcode === Opcode.pause) this.#paused(datagram, from, now)
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

  /** Nothing is sent in answer: whatever comes, it provokes nothing. */
  #paused(datagram: Uint8Array, from: Peer, now: Instant): void {
    const seconds = decodePause(datagram)
    if (this.#clock.paused(seconds, from, now)) this.#options.onPause?.(seconds)
  }

  #runWith(server: Peer, negotiated: Negotiated, now: Instant): void {
    this.#server = server
    this.#negotiated = negotiated
    this.#answeredAt = now
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

  /** Sends an ERROR to the port that has answered, if one has. */
  #tell(message: string): void {
    const peer = this.#answering
    if (peer !== undefined) sendError({ ...this.path, peer }, { code: 0, message })
  }

  /** Whose port means this transfer; undefined while any port of the server may be the first. */
  get #answering(): Peer | undefined {
    return this.#negotiated === undefined ? this.#clock.pausedBy : this.#server
  }

  #ask(now: Instant): void {
    this.#clock.asked(now)
    sendDatagram(this.path, this.#requestBytes)
  }
}
