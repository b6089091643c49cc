import { Refusal } from '../../base/refusal.ts'
import type { HoldTerms, ReadTransfer } from '../../protocol/tftp/server-events.ts'
import type { Answer, AnswerBody } from '../../routing/answer.ts'
import { contentLengthOf } from '../../routing/content-length.ts'
import { ChunkRecycler } from './chunk-recycler.ts'
import { collect, type Collected } from './collect.ts'
import { Exchange } from './exchange.ts'
import { refusalForStatus } from './status.ts'

/** One read request, from the ask to the last byte. */
export class ReadExchange extends Exchange<ReadTransfer> {
  #wake: (() => void) | undefined
  /** True once something was sent that cannot be taken back. */
  #hasBegun = false
  readonly #recycler = new ChunkRecycler()

  /** The endpoint has room for more. */
  bytesWanted(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  protected released(): void {
    this.bytesWanted()
  }

  /**
   * The client will wait no longer. What its route has for that case is sent, unless the file
   * itself comes first.
   */
  async patienceEnded(): Promise<void> {
    const instead = await this.answering?.late()
    if (instead === undefined) return
    if (this.transfer.isOver || this.#hasBegun) return instead.body.cancel()
    this.record.wasLate = true
    this.record.answer?.body.cancel()
    await this.attempt(() => this.#send(instead))
  }

  protected async answer(): Promise<void> {
    this.answering = this.parts.answer(this.askFor(null))
    const answer = await this.answering.answer
    if (this.transfer.isOver || this.record.wasLate) return answer.body.cancel()
    await this.#send(answer)
  }

  async #send(answer: Answer): Promise<void> {
    this.record.answer = answer
    const response = checkedResponse(answer)
    const announced = contentLengthOf(response.headers)
    if (announced !== undefined) this.transfer.sizeKnown(announced, this.parts.now())
    const start = await this.#start(answer.body, announced)
    if (this.transfer.isOver || this.record.answer !== answer) return
    this.#hasBegun = true
    this.#begin(answer, start.sizeBytes)
    await this.#pump(start, answer.body, announced)
  }

  /**
   * Makes certain that bytes follow before anything is acknowledged: several boot ROMs do not hear
   * an ERROR that comes after an OACK. If tsize was asked and the source did not say, all of the
   * body is waited for.
   */
  async #start(body: AnswerBody, announced: number | undefined): Promise<Collected> {
    const needsSize = announced === undefined && this.#needsSize()
    if (needsSize && body.whole !== undefined) {
      return { chunks: [], isWhole: false, sizeBytes: await body.whole() }
    }
    if (needsSize) return collect(body, this.parts.collectBytesMax)
    const chunk = await body.read()
    const chunks = chunk === undefined ? [] : [chunk]
    return { chunks, isWhole: chunk === undefined, sizeBytes: announced }
  }

  /** What the route says of it by now: for the hold. */
  holdTerms(): HoldTerms {
    const route = this.answering?.route
    const profileName =
      route?.patience?.profile ?? this.parts.profileNameOf?.(this.transfer.peer.address)
    return { blockBytesMax: route?.blockBytesMax, profileName }
  }

  #needsSize(): boolean {
    return this.transfer.request.options.has('tsize')
  }

  #begin(answer: Answer, sizeBytes: number | undefined): void {
    const { blockBytesMax } = answer
    this.transfer.begin(
      {
        ...(sizeBytes === undefined ? {} : { sizeBytes }),
        ...(blockBytesMax === undefined ? {} : { blockBytesMax }),
      },
      this.parts.now(),
    )
  }

  async #pump(start: Collected, body: AnswerBody, announced: number | undefined): Promise<void> {
    let bytes = 0
    const push = (chunk: Uint8Array): void => {
      bytes += chunk.length
      if (announced !== undefined && bytes > announced)
        throw wrongLength(announced, `${bytes} or more`)
      this.transfer.push(chunk, this.parts.now())
      this.#recycler.pushed(chunk)
    }
    for (const chunk of start.chunks) push(chunk)
    if (!start.isWhole) {
      for (;;) {
        this.parts.settle()
        if (!this.transfer.wantsBytes) await this.#roomOrEnd()
        if (this.transfer.isOver) return
        const chunk = await body.read(this.#spare())
        if (this.transfer.isOver) return
        if (chunk === undefined) break
        push(chunk)
      }
    }
    if (announced !== undefined && bytes < announced) throw wrongLength(announced, String(bytes))
    this.transfer.end(this.parts.now())
  }

  /** Acknowledged memory; in netascii the offsets on the wire are not those of the file. */
  #spare(): ArrayBuffer | undefined {
    const { request, stats } = this.transfer
    return request.mode === 'octet' ? this.#recycler.spare(stats.bytes) : undefined
  }

  #roomOrEnd(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

function checkedResponse(answer: Answer): Response {
  if (answer.refusal !== undefined) throw answer.refusal
  const response = answer.response
  if (response === undefined) throw new TypeError('An answer has neither response nor refusal')
  const refusal = refusalForStatus(response.status)
  if (refusal === undefined) return response
  answer.body.cancel()
  throw refusal
}

function wrongLength(announced: number, found: string): Refusal {
  return new Refusal(
    'GENERATOR_FAILED',
    `The source announced ${announced} bytes and gave ${found}`,
    { wireMessage: 'The file changed while it was sent' },
  )
}
