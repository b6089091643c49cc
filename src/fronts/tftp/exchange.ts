import { isoNow } from '../../observe/iso-now.ts'
import { Refusal } from '../../base/refusal.ts'
import type { ServerTransfer, TransferOutcome } from '../../protocol/tftp/server-events.ts'
import type { Answering, Ask } from '../../routing/answer.ts'
import { parseRequestPath, type RequestPath } from '../../routing/request-path.ts'
import { TftpAsk } from './tftp-ask.ts'
import { entryFor, type ExchangeRecord } from './exchange-record.ts'
import type { TftpFrontParts } from './options.ts'

/** What a read and a write have in common: one request, its ask, its end, its journal entry. */
export abstract class Exchange<T extends ServerTransfer> {
  protected readonly transfer: T
  protected readonly parts: TftpFrontParts
  protected readonly record: ExchangeRecord
  /** Made when something listens to it: most reads never need one. */
  #controller: AbortController | undefined
  protected answering: Answering | undefined

  constructor(transfer: T, parts: TftpFrontParts) {
    this.transfer = transfer
    this.parts = parts
    this.record = {
      id: parts.newId(),
      at: isoNow(),
      transfer,
      local: parts.transport.socket(transfer.listener),
      path: undefined,
      query: undefined,
      answer: undefined,
      refusal: undefined,
      wasLate: false,
    }
  }

  /** Answers the request, to its end. Never rejects. */
  run(): Promise<void> {
    return this.attempt(() => this.answer())
  }

  /** Does a part of the work; what it throws ends the transfer. Never rejects. */
  protected attempt(work: () => Promise<void>): Promise<void> {
    return work().then(this.parts.settle, (error: unknown) => {
      this.refuse(error)
      this.parts.settle()
    })
  }

  /** The endpoint says that the transfer is over. */
  ended(outcome: TransferOutcome): void {
    if (outcome !== 'delivered') {
      this.#controller?.abort()
      this.answering?.cancel()
    }
    if (outcome === 'delivered') this.record.answer?.delivered()
    this.record.answer?.body.cancel()
    this.released(outcome)
    this.parts.journal.record(entryFor(this.record, outcome, this.parts.now()))
  }

  protected get controller(): AbortController {
    this.#controller ??= new AbortController()
    return this.#controller
  }

  protected abstract answer(): Promise<void>

  /** Lets go of whoever waits inside `answer`. */
  protected abstract released(outcome: TransferOutcome): void

  protected refuse(error: unknown): void {
    if (this.transfer.isOver) return
    const refusal = error instanceof Refusal ? error : this.#internal(error)
    this.record.refusal = refusal
    this.transfer.refuse(refusal.code, refusal.wireMessage, this.parts.now())
  }

  protected askFor(body: ReadableStream<Uint8Array> | null, uploadBytes?: number): Ask {
    const { id, local } = this.record
    const controllerOf = (): AbortController => this.controller
    const path = this.#path()
    return new TftpAsk(this.transfer, { id, local, path, body, uploadBytes, controllerOf })
  }

  #path(): RequestPath {
    const path = parseRequestPath(this.transfer.request.filename)
    this.record.path = path.text
    this.record.query = path.query
    return path
  }

  #internal(error: unknown): Refusal {
    this.parts.log.error({ err: error, id: this.record.id }, 'internal error')
    const reason = error instanceof Error ? error.message : String(error)
    return new Refusal('GENERATOR_FAILED', `Internal error: ${reason}`, {
      wireMessage: 'Internal error',
    })
  }
}
