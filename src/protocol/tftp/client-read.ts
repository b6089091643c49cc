import type { Instant } from '../../base/instant.ts'
import { type ClientStats, ClientTransfer, type ClientTransferOptions } from './client-transfer.ts'
import { NetasciiDecoder } from './netascii.ts'
import { encodeAck, Opcode, readUint16 } from './packet.ts'
import { ReceiveTransfer } from './receive-transfer.ts'

export interface ClientReadOptions extends ClientTransferOptions {
  /** Takes the file's bytes in order, decoded from netascii if so asked; valid during the call. */
  readonly onBytes: (bytes: Uint8Array) => void
}

/** A client that reads one file: no socket, no timer, no clock. */
export class ClientRead extends ClientTransfer {
  readonly #onBytes: (bytes: Uint8Array) => void
  readonly #netascii: NetasciiDecoder | undefined
  #receive: ReceiveTransfer | undefined

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
    this.#receive?.pause()
  }

  resume(now: Instant): void {
    this.#receive?.resume(now)
  }

  protected isPlainAnswer(opcode: number, blockNumber: number): boolean {
    return opcode === Opcode.data && blockNumber === 1
  }

  protected begin(now: Instant, isOack: boolean): void {
    const {
      blockBytes = 512,
      windowBlocks = 1,
      acknowledged,
      rolloverTo,
      retryMs,
    } = this.negotiated ?? {}
    const { outbox, socket } = this.options
    this.#receive = new ReceiveTransfer(
      {
        ...this.options,
        ...(retryMs === undefined ? {} : { retryMs }),
        ...(acknowledged?.has('rollover') === true && rolloverTo !== undefined
          ? { rolloverTo }
          : {}),
        ...(isOack ? { opening: encodeAck(0) } : {}),
        giveUpMs: this.giveUpMs,
        outbox,
        socket,
        peer: this.server,
        blockBytes,
        windowBlocks,
        onBlock: (payload) => this.#deliver(this.#netascii?.decode(payload) ?? payload),
      },
      now,
    )
    this.#receive.start(now)
  }

  protected packet(datagram: Uint8Array, now: Instant): void {
    const receive = this.#receive
    const opcode = readUint16(datagram, 0)
    if (receive === undefined) return
    // The OACK again: ACK 0 was lost.
    if (opcode === Opcode.oack && receive.receivedBlocks === 0) return receive.start(now)
    if (opcode !== Opcode.data) return
    const received = receive.receive(readUint16(datagram, 2), datagram.subarray(4), now)
    if (received !== 'last') return
    this.#deliver(this.#netascii?.end() ?? EMPTY)
    receive.finish(now)
    this.end({ kind: 'done' })
  }

  protected wakeTransfer(now: Instant): boolean {
    return this.#receive?.wake(now) ?? true
  }

  protected get transferWakeAt(): Instant | undefined {
    return this.#receive?.wakeAt
  }

  protected counts(): ClientStats {
    const receive = this.#receive
    return {
      bytes: receive?.receivedBytes ?? 0,
      blocks: receive?.receivedBlocks ?? 0,
      retransmits: receive?.retransmits ?? 0,
    }
  }

  #deliver(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#onBytes(bytes)
  }
}

const EMPTY = new Uint8Array(0)
