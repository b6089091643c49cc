import type { Instant } from '../../base/instant.ts'
import { NetasciiEncoder } from './netascii.ts'
import { negotiate } from './options.ts'
import { encodeOack, Opcode, readUint16 } from './packet.ts'
import { SendTransfer } from './send-transfer.ts'
import type { ReadTransfer, TransferOutcome } from './server-events.ts'
import { type PacketView, ServerTransferBase } from './server-transfer-base.ts'

/** A read on the server's side: silent until `begin`, then a `SendTransfer`. */
export class ServerReadTransfer extends ServerTransferBase implements ReadTransfer {
  readonly kind = 'read' as const
  #send: SendTransfer | undefined
  #netascii: NetasciiEncoder | undefined
  #hasHeardAck = false
  /** The front was told, by `wantsBytes`, to stop pushing. */
  #isFull = false
  #last: { bytes: number; blocks: number; retransmits: number } | undefined

  get hasHeardClient(): boolean {
    return this.#hasHeardAck
  }

  get wakeAt(): Instant | undefined {
    return this.#send?.wakeAt
  }

  get wantsBytes(): boolean {
    const wants = this.#send?.wantsBytes ?? false
    if (!wants) this.#isFull = true
    return wants
  }

  begin(
    options: { readonly sizeBytes?: number; readonly blockBytesMax?: number },
    now: Instant,
  ): void {
    if (this.isOver || this.#send !== undefined) return
    const isNetascii = this.request.mode === 'netascii'
    if (isNetascii) this.#netascii = new NetasciiEncoder()
    const limits = {
      payloadBytesMax: this.payloadBytesMax,
      windowBlocksMax: this.host.options.windowBlocksMax ?? 64,
      ...(options.blockBytesMax === undefined ? {} : { blockBytesMax: options.blockBytesMax }),
      // The encoded size of a netascii file is not known before it is encoded.
      ...(options.sizeBytes === undefined || isNetascii ? {} : { sizeBytes: options.sizeBytes }),
    }
    const { acknowledged, ...negotiated } = negotiate(this.request, limits)
    this.acknowledged = acknowledged
    const { outbox, options: timers } = this.host
    const { socket, peer } = this
    const opening = acknowledged.size > 0 ? { opening: encodeOack(acknowledged) } : {}
    this.#send = new SendTransfer(
      { ...timers, ...negotiated, ...opening, outbox, socket, peer },
      now,
    )
    if (acknowledged.size > 0) this.answeredAt = now
    this.#send.start(now)
    this.host.reschedule(this, now)
  }

  push(chunk: Uint8Array, now: Instant): void {
    const send = this.#send
    if (send === undefined || this.isOver || send.window.isEnded) return
    send.window.append(this.#netascii?.encode(chunk) ?? chunk)
    this.#sendOn(send, now)
  }

  end(now: Instant): void {
    const send = this.#send
    if (send === undefined || this.isOver) return
    if (this.#netascii !== undefined) send.window.append(this.#netascii.end())
    send.window.end()
    this.#sendOn(send, now)
    if (send.isDelivered) this.finishAs('delivered', now)
  }

  packet(opcode: number, view: PacketView, now: Instant): void {
    const send = this.#send
    if (opcode !== Opcode.ack || send === undefined || view.length < 4) return
    this.#hasHeardAck = true
    send.acknowledge(readUint16(view.slab, view.offset + 2), now)
    if (send.isDelivered) return this.finishAs('delivered', now)
    if (send.hasSentData) this.answeredAt ??= now
    this.host.reschedule(this, now)
    if (this.#isFull && send.wantsBytes) {
      this.#isFull = false
      this.host.listener.bytesWanted(this)
    }
  }

  wake(now: Instant): void {
    if (this.#send?.wake(now) === false) this.finishAs('timed-out', now)
  }

  /**
   * UEFI asks for the size, ends the transfer with an ERROR at the OACK that tells it, and asks again for the bytes:
   * a probe, not a fault.
   */
  protected override outcomeOfError(): TransferOutcome {
    const knowsSize = this.acknowledged.has('tsize')
    return knowsSize && this.#send?.ackedBlocks === 0 ? 'probe' : 'aborted'
  }

  protected counts(): { bytes: number; blocks: number; retransmits: number } {
    const send = this.#send
    if (this.#last !== undefined || send === undefined) return this.#last ?? NOTHING
    const { ackedBytes: bytes, ackedBlocks: blocks, retransmits } = send
    return { bytes, blocks, retransmits }
  }

  protected release(): void {
    this.#last = this.counts()
    this.#send?.stop()
  }

  #sendOn(send: SendTransfer, now: Instant): void {
    send.sendWindow(now)
    if (send.hasSentData) this.answeredAt ??= now
    this.host.reschedule(this, now)
  }
}

const NOTHING = { bytes: 0, blocks: 0, retransmits: 0 }
