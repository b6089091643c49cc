import type { TransferOutcome, WriteTransfer } from '../../protocol/tftp/server-events.ts'
import { Exchange } from './exchange.ts'
import { refusalForStatus } from './status.ts'

/** Bytes of an upload that wait for the source before the client is made to wait. */
const BUFFER_BYTES_MAX = 256 * 1024

/** One write request: the upload becomes the body of a PUT. */
export class WriteExchange extends Exchange<WriteTransfer> {
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #isAccepted = false
  #isPaused = false
  #hasAllBytes = false
  #gotAllBytes: (() => void) | undefined

  dataReceived(bytes: Uint8Array): void {
    const controller = this.#controller
    if (controller === undefined) return
    controller.enqueue(bytes.slice())
    if ((controller.desiredSize ?? 0) > -BUFFER_BYTES_MAX) return
    this.#isPaused = true
    this.transfer.pause()
  }

  dataEnded(): void {
    this.#hasAllBytes = true
    this.#controller?.close()
    this.#controller = undefined
    this.#gotAllBytes?.()
  }

  protected released(outcome: TransferOutcome): void {
    this.#gotAllBytes?.()
    if (outcome === 'delivered') return
    this.#controller?.error(new Error(`The upload ended early: ${outcome}`))
    this.#controller = undefined
  }

  protected async answer(): Promise<void> {
    this.answering = this.parts.answer(this.askFor(this.#body(), this.#announced()))
    const answer = await this.answering.answer
    this.record.answer = answer
    if (this.transfer.isOver) return
    if (answer.refusal !== undefined) throw answer.refusal
    const refusal = refusalForStatus(answer.response?.status ?? 500)
    if (refusal !== undefined) throw refusal
    await this.#wholeUpload()
    if (!this.transfer.isOver) this.transfer.finish(this.parts.now())
  }

  /** A source that answers "accepted" without having read all still gets the client to send all. */
  async #wholeUpload(): Promise<void> {
    if (this.#hasAllBytes) return
    this.#controller = undefined
    this.#pull()
    await new Promise<void>((resolve) => {
      this.#gotAllBytes = resolve
    })
  }

  #announced(): number | undefined {
    const { mode, options } = this.transfer.request
    // What netascii announces is its encoded size, which is not what the source will see.
    const tsize = mode === 'octet' ? options.get('tsize') : undefined
    return tsize !== undefined && /^\d{1,15}$/.test(tsize) ? Number(tsize) : undefined
  }

  /** Nothing is asked of the client before the source pulls: a refusal can still come first. */
  #body(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.#controller = undefined
        },
      },
      { highWaterMark: 0, size: (chunk) => chunk?.length ?? 0 },
    )
  }

  #pull(): void {
    if (this.transfer.isOver) return
    if (!this.#isAccepted) {
      this.#isAccepted = true
      this.transfer.accept({}, this.parts.now())
    } else if (this.#isPaused) {
      this.#isPaused = false
      this.transfer.resume(this.parts.now())
    }
    this.parts.settle()
  }
}
