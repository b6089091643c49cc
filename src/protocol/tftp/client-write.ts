import type { Instant } from '../../base/instant.ts'
import { ByteWindow } from './byte-window.ts'
import { type ClientStats, ClientTransfer, type ClientTransferOptions } from './client-transfer.ts'
import type { Negotiated } from './negotiated.ts'
import { NetasciiEncoder } from './netascii.ts'
import { Opcode, readUint16 } from './packet.ts'
import { SendTransfer } from './send-transfer.ts'

/** What a writing client is made of. */
export interface ClientWriteOptions extends ClientTransferOptions {
  /** `wantsBytes` became true: the server has accepted, or the window has moved on. */
  readonly onBytesWanted: () => void
}

/** A client that writes one file: no socket, no timer, no clock. */
export class ClientWrite extends ClientTransfer {
  readonly #onBytesWanted: () => void
  readonly #netascii: NetasciiEncoder | undefined
  readonly #window = new ByteWindow()
  #send: SendTransfer | undefined
  /** `wantsBytes` as it was last told. */
  #wasWanting = false

  constructor(options: ClientWriteOptions) {
    super(options)
    this.#onBytesWanted = options.onBytesWanted
    this.#netascii = options.request.mode === 'netascii' ? new NetasciiEncoder() : undefined
  }

  /** True while the file's next bytes should be pushed; false before the server has accepted. */
  get wantsBytes(): boolean {
    return this.#send?.wantsBytes ?? false
  }

  /** Adds bytes of the file; they must not change afterwards. */
  push(chunk: Uint8Array, now: Instant): void {
    if (this.isOver) return
    this.#window.append(this.#netascii?.encode(chunk) ?? chunk)
    this.#advance(now)
  }

  /** No more bytes. */
  finish(now: Instant): void {
    if (this.isOver) return
    this.#window.end()
    this.#advance(now)
  }

  protected isPlainAnswer(opcode: number, blockNumber: number): boolean {
    return opcode === Opcode.ack && blockNumber === 0
  }

  protected begin(negotiated: Negotiated, now: Instant): void {
    const { blockBytes, windowBlocks, rolloverTo } = negotiated
    const shape = { blockBytes, windowBlocks, rolloverTo }
    const parts = { path: this.path, window: this.#window }
    this.#send = new SendTransfer({ ...this.timers(negotiated), ...parts, ...shape }, now)
    this.#advance(now)
  }

  /** An OACK that comes again is no ACK: the blocks that are out are repeated by the timer. */
  protected packet(datagram: Uint8Array, now: Instant): void {
    const send = this.#send
    if (send === undefined || this.isOver || readUint16(datagram, 0) !== Opcode.ack) return
    send.acknowledge(readUint16(datagram, 2), now)
    if (send.isDelivered) this.end({ kind: 'done' })
    else this.#tellWanting(send)
  }

  protected wakeTransfer(now: Instant): boolean {
    return this.#send?.wake(now) ?? true
  }

  protected stopped(): void {
    this.#send?.stop()
    this.#window.clear()
  }

  protected get transferWakeAt(): Instant | undefined {
    return this.#send?.wakeAt
  }

  protected counts(): ClientStats {
    return {
      bytes: this.#send?.ackedBytes ?? 0,
      blocks: this.#send?.ackedBlocks ?? 0,
      retransmits: this.#send?.retransmits ?? 0,
    }
  }

  #advance(now: Instant): void {
    const send = this.#send
    if (send === undefined) return
    send.sendWindow(now)
    this.#tellWanting(send)
  }

  #tellWanting(send: SendTransfer): void {
    const wasWanting = this.#wasWanting
    this.#wasWanting = send.wantsBytes
    if (!wasWanting && this.#wasWanting) this.#onBytesWanted()
  }
}
