import type { Instant } from '../../base/instant.ts'
import { NetasciiDecoder } from './netascii.ts'
import { negotiate } from './options.ts'
import { encodeAck, encodeOack, Opcode, readUint16 } from './packet.ts'
import { ReceiveTransfer } from './receive-transfer.ts'
import type { TransferOutcome, WriteTransfer } from './server-events.ts'
import { type PacketView, ServerTransferBase } from './server-transfer-base.ts'

/** A write on the server's side: silent until `accept`, then a `ReceiveTransfer`. */
export class ServerWriteTransfer extends ServerTransferBase implements WriteTransfer {
  readonly kind = 'write' as const
  #receive: ReceiveTransfer | undefined
  #netascii: NetasciiDecoder | undefined

  get hasHeardClient(): boolean {
    return (this.#receive?.receivedBlocks ?? 0) > 0
  }

  get wakeAt(): Instant | undefined {
    return this.#receive?.wakeAt
  }

  accept(options: { readonly blockBytesMax?: number }, now: Instant): void {
    if (this.isOver || this.#receive !== undefined) return
    if (this.request.mode === 'netascii') this.#netascii = new NetasciiDecoder()
    const { acknowledged, ...negotiated } = negotiate(this.request, {
      payloadBytesMax: this.payloadBytesMax,
      windowBlocksMax: this.host.options.windowBlocksMax ?? 64,
      ...(options.blockBytesMax === undefined ? {} : { blockBytesMax: options.blockBytesMax }),
    })
    this.acknowledged = acknowledged
    const { outbox, options: timers } = this.host
    const { blockBytes, windowBlocks, retryMs } = negotiated
    const receive = new ReceiveTransfer(
      {
        ...timers,
        ...(retryMs === undefined ? {} : { retryMs }),
        ...(acknowledged.has('rollover') ? { rolloverTo: negotiated.rolloverTo } : {}),
        blockBytes,
        windowBlocks,
        outbox,
        socket: this.socket,
        peer: this.peer,
        opening: acknowledged.size > 0 ? encodeOack(acknowledged) : encodeAck(0),
        onBlock: (payload) => this.#deliver(this.#netascii?.decode(payload) ?? payload),
      },
      now,
    )
    this.#receive = receive
    this.answeredAt = now
    receive.start(now)
    this.host.reschedule(this, now)
  }

  pause(): void {
    this.#receive?.pause()
  }

  resume(now: Instant): void {
    this.#receive?.resume(now)
    this.host.reschedule(this, now)
  }

  finish(now: Instant): void {
    if (this.isOver || this.#receive?.hasLast !== true) return
    this.#receive.finish(now)
    this.finishAs('delivered', now)
  }

  packet(opcode: number, view: PacketView, now: Instant): void {
    const receive = this.#receive
    if (opcode !== Opcode.data || receive === undefined || view.length < 4) return
    const { slab, offset, length } = view
    const payload = slab.subarray(offset + 4, offset + length)
    const received = receive.receive(readUint16(slab, offset + 2), payload, now)
    if (received === 'last') this.#ended()
    if (!this.isOver) this.host.reschedule(this, now)
  }

  wake(now: Instant): void {
    if (this.#receive?.wake(now) === false) this.finishAs('timed-out', now)
  }

  protected counts(): { bytes: number; blocks: number; retransmits: number } {
    const receive = this.#receive
    if (receive === undefined) return { bytes: 0, blocks: 0, retransmits: 0 }
    const { receivedBytes: bytes, receivedBlocks: blocks, retransmits } = receive
    return { bytes, blocks, retransmits }
  }

  /** An accepted upload goes on acknowledging repeats of its last block; anything else is silent. */
  protected release(outcome: TransferOutcome): void {
    if (outcome !== 'delivered') this.#receive?.stop()
  }

  #ended(): void {
    const rest = this.#netascii?.end()
    if (rest !== undefined && rest.length > 0) this.#deliver(rest)
    this.host.listener.dataEnded(this)
  }

  #deliver(bytes: Uint8Array): void {
    if (bytes.length > 0 && !this.isOver) this.host.listener.dataReceived(this, bytes)
  }
}
