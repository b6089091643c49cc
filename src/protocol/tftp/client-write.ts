import type { Instant } from '../../base/instant.ts'
import { type ClientStats, ClientTransfer, type ClientTransferOptions } from './client-transfer.ts'
import { NetasciiEncoder } from './netascii.ts'
import { Opcode, readUint16 } from './packet.ts'
import { SendTransfer } from './send-transfer.ts'

export interface ClientWriteOptions extends ClientTransferOptions {
  /** `wantsBytes` became true: the server has accepted, or the window has moved on. */
  readonly onBytesWanted: () => void
}

/** A client that writes one file: no socket, no timer, no clock. */
export class ClientWrite extends ClientTransfer {
  readonly #onBytesWanted: () => void
  readonly #netascii: NetasciiEncoder | undefined
  #send: SendTransfer | undefined

  constructor(options: ClientWriteOptions) {
    super(options)
    this.#onBytesWanted = options.onBytesWanted
    this.#netascii = options.request.mode === 'netascii' ? new NetasciiEncoder() : undefined
  }

  /** True while the file's next bytes should be pushed. */
  get wantsBytes(): boolean {
    return this.#send?.wantsBytes ?? false
  }

  /** Adds bytes of the file; they must not change afterwards. */
  push(chunk: Uint8Array, now: Instant): void {
    this.#send?.window.append(this.#netascii?.encode(chunk) ?? chunk)
    this.#send?.sendWindow(now)
  }

  /** No more bytes. */
  finish(now: Instant): void {
    this.#send?.window.end()
    this.#send?.sendWindow(now)
  }

  protected isPlainAnswer(opcode: number, blockNumber: number): boolean {
    return opcode === Opcode.ack && blockNumber === 0
  }

  protected begin(now: Instant): void {
    const { blockBytes = 512, windowBlocks = 1, rolloverTo = 0, retryMs } = this.negotiated ?? {}
    const { outbox, socket } = this.options
    this.#send = new SendTransfer(
      {
        ...this.options,
        ...(retryMs === undefined ? {} : { retryMs }),
        giveUpMs: this.giveUpMs,
        outbox,
        socket,
        peer: this.server,
        blockBytes,
        windowBlocks,
        rolloverTo,
      },
      now,
    )
    this.#onBytesWanted()
  }

  protected packet(datagram: Uint8Array, now: Instant): void {
    const send = this.#send
    if (send === undefined || this.isOver || readUint16(datagram, 0) !== Opcode.ack) return
    send.acknowledge(readUint16(datagram, 2), now)
    if (send.isDelivered) return this.end({ kind: 'done' })
    if (send.wantsBytes) this.#onBytesWanted()
  }

  protected wakeTransfer(now: Instant): boolean {
    return this.#send?.wake(now) ?? true
  }

  protected get transferWakeAt(): Instant | undefined {
    return this.#send?.wakeAt
  }

  protected counts(): ClientStats {
    const send = this.#send
    return {
      bytes: send?.ackedBytes ?? 0,
      blocks: send?.ackedBlocks ?? 0,
      retransmits: send?.retransmits ?? 0,
    }
  }
}
