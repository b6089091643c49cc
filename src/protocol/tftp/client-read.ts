import type { Instant } from '../../base/instant.ts'
import { type ClientStats, ClientTransfer, type ClientTransferOptions } from './client-transfer.ts'
import type { Negotiated } from './negotiated.ts'
import { NetasciiDecoder } from './netascii.ts'
import { DATA_HEADER_BYTES, Opcode, readUint16 } from './packet.ts'
import { ReceiveTransfer } from './receive-transfer.ts'
import { sendAck } from './wire-path.ts'

/** What a reading client is made of. */
export interface ClientReadOptions extends ClientTransferOptions {
  /** Takes the file's bytes in order, decoded from netascii if so asked; valid during the call. */
  readonly onBytes: (bytes: Uint8Array) => void
}

/** Repeats of the last block that are acknowledged after the end. */
const LAST_ACKS_MAX = 16

/** A client that reads one file: no socket, no timer, no clock. */
export class ClientRead extends ClientTransfer {
  readonly #onBytes: (bytes: Uint8Array) => void
  readonly #netascii: NetasciiDecoder | undefined
  #receive: ReceiveTransfer | undefined
  #lastAcks = 0
  #isPaused = false

  constructor(options: ClientReadOptions) {
    super(options)
    this.#onBytes = options.onBytes
    this.#netascii = options.request.mode === 'netascii' ? new NetasciiDecoder() : undefined
  }

  /** The size the server announced, in bytes. */
  get sizeBytes(): number | undefined {
    return this.negotiated?.sizeBytes
  }

  /** Holds back ACKs while the bytes cannot be taken. */
  pause(): void {
    this.#isPaused = true
    this.#receive?.pause()
  }

  /** Goes on after a pause. */
  resume(now: Instant): void {
    this.#isPaused = false
    this.#receive?.resume(now)
  }

  protected isPlainAnswer(opcode: number, blockNumber: number): boolean {
    return opcode === Opcode.data && blockNumber === 1
  }

  protected begin(negotiated: Negotiated, now: Instant): void {
    const { acknowledged, blockBytes, windowBlocks, rolloverTo } = negotiated
    this.#receive = new ReceiveTransfer(
      {
        ...this.timers(negotiated),
        isPatient: true,
        path: this.path,
        blockBytes,
        windowBlocks,
        rolloverTo: acknowledged.has('rollover') ? rolloverTo : undefined,
        onData: (payload) => this.#deliver(this.#netascii?.decode(payload) ?? payload),
        onEnd: (endedAt) => this.#complete(endedAt),
      },
      now,
    )
    if (this.#isPaused) this.#receive.pause()
  }

  /** An OACK is answered with ACK 0, and so is one that comes again: the ACK was lost. */
  protected packet(datagram: Uint8Array, now: Instant): void {
    const receive = this.#receive
    const opcode = readUint16(datagram, 0)
    if (receive === undefined) return
    if (this.isOver) {
      this.#repeatLastAck(opcode, readUint16(datagram, 2))
    } else if (opcode === Opcode.oack) receive.opened(now)
    else if (opcode === Opcode.data) {
      receive.receive(readUint16(datagram, 2), datagram.subarray(DATA_HEADER_BYTES), now)
    }
  }

  protected wakeTransfer(now: Instant): boolean {
    return this.#receive?.wake(now) ?? true
  }

  protected stopped(): void {
    this.#receive?.stop()
  }

  protected get transferWakeAt(): Instant | undefined {
    return this.#receive?.wakeAt
  }

  protected counts(): ClientStats {
    return {
      bytes: this.#receive?.receivedBytes ?? 0,
      blocks: this.#receive?.receivedBlocks ?? 0,
      retransmits: this.#receive?.retransmits ?? 0,
    }
  }

  #deliver(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#onBytes(bytes)
  }

  #complete(now: Instant): void {
    const rest = this.#netascii?.end()
    if (rest !== undefined) this.#deliver(rest)
    if (this.isOver) return
    this.#receive?.finish(now)
    this.end({ kind: 'done' })
  }

  #repeatLastAck(opcode: number, blockNumber: number): void {
    const receive = this.#receive
    if (receive?.isComplete !== true || opcode !== Opcode.data) return
    if (blockNumber !== receive.lastBlockNumber || this.#lastAcks >= LAST_ACKS_MAX) return
    this.#lastAcks += 1
    sendAck(this.path, blockNumber)
  }
}
