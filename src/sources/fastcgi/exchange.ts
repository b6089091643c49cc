import { Refusal, type RefusalCode } from '../../base/refusal.ts'
import { encodeAbort, encodeInputEnd, encodeStart } from '../../protocol/fastcgi/encode-request.ts'
import { ProtocolStatus } from '../../protocol/fastcgi/record.ts'
import { ResponseDecoder, type ResponseEvent } from '../../protocol/fastcgi/response-decoder.ts'
import { connectFailure } from './connect-failure.ts'
import type { Connection } from './connection.ts'
import type { ConnectionPool } from './connection-pool.ts'
import { ErrorOutput } from './error-output.ts'
import { feedInput, type RequestInput } from './request-input.ts'

/** One request to an application, and who hears of it. */
export interface ExchangeOptions {
  /** How messages begin: `Cannot generate /a.cfg: the FastCGI application at /run/a.sock`. */
  readonly title: string
  readonly params: Readonly<Record<string, string>>
  readonly input: RequestInput | undefined
  readonly outputBytesMax: number
  readonly connectMs: number
  /** Among the errors, it says that the file is not whole; empty: nothing does. */
  readonly failureText: string
  /** Ends the exchange. */
  readonly signal: AbortSignal
  /** Takes lines for the journal. */
  readonly note: (text: string) => void
  /** Called once, when nothing is asked of the application any more. */
  readonly over: () => void
}

/**
 * The answer of an application to one request, read chunk by chunk.
 *
 * Its end is only given when the application has said that it is the end, and that all is well: an
 * answer that breaks off never passes as a whole file. When readers do not read, the application
 * waits.
 */
export class Exchange {
  readonly #pool: ConnectionPool
  readonly #options: ExchangeOptions
  readonly #errors: ErrorOutput
  readonly #output: Uint8Array[] = []
  readonly #startedAt = performance.now()
  #connection: Connection | undefined
  #decoder = new ResponseDecoder()
  #failure: Refusal | undefined
  #bytes = 0
  #isAnswered = false
  #isInputSent: boolean
  #isEnded = false
  #isOver = false

  constructor(pool: ConnectionPool, options: ExchangeOptions) {
    this.#pool = pool
    this.#options = options
    this.#errors = new ErrorOutput(options.failureText)
    this.#isInputSent = options.input === undefined
    options.signal.addEventListener('abort', this.#abort)
    if (options.signal.aborted) this.#abort()
  }

  /**
   * Connects and sends the request. An upload takes a new connection: it cannot be sent twice.
   *
   * @throws {Refusal} `GENERATOR_FAILED` saying what to do when the application cannot be reached,
   *   `BUSY` when it lets no more connections wait, `GENERATOR_TIMEOUT` when the signal came first.
   */
  start(): Promise<void> {
    return this.#send({ isNew: this.#options.input !== undefined })
  }

  /**
   * The next bytes, never empty; undefined at the end of an answer that is whole.
   *
   * @throws {Refusal} `GENERATOR_FAILED` when the application failed, `BUSY` when it is overloaded,
   *   `GENERATOR_TIMEOUT` when the exchange was ended, `TOO_LARGE` when the answer is,
   *   `MALFORMED_REQUEST` when the upload broke off.
   */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      const chunk = this.#output.shift()
      if (chunk !== undefined) return chunk
      if (this.#isEnded) return undefined
      await this.#receive()
    }
  }

  /**
   * Ends the exchange. Without effect on one that is over.
   *
   * @param what - Why, to go on after the application's name.
   * @returns What readers are told from now on.
   */
  stop(code: RefusalCode, what: string): Refusal {
    return this.fail(this.#refusal(code, what))
  }

  /** As `stop`, with a refusal that is there already. */
  fail(refusal: Refusal): Refusal {
    this.#failure ??= refusal
    this.#settle()
    return this.#failure
  }

  readonly #abort = (): void => {
    const ms = Math.round(performance.now() - this.#startedAt)
    this.stop(
      'GENERATOR_TIMEOUT',
      `was left after ${ms} ms: the deadline has passed or the client is gone`,
    )
  }

  async #send({ isNew }: { readonly isNew: boolean }): Promise<void> {
    const connection = await this.#connect(isNew)
    if (this.#failure !== undefined) {
      this.#pool.discard(connection)
      throw this.#failure
    }
    this.#connection = connection
    const { params, input } = this.#options
    const { keepsConnections } = this.#pool
    void connection.write(encodeStart({ params, keepsConnection: keepsConnections }))
    if (input === undefined) void connection.write(encodeInputEnd())
    else this.#feed(connection, input)
  }

  async #connect(isNew: boolean): Promise<Connection> {
    const { title, signal, connectMs } = this.#options
    try {
      return await this.#pool.take({ isNew, signal })
    } catch (error) {
      throw this.#failure ?? this.fail(connectFailure(title, error, { connectMs }))
    }
  }

  #feed(connection: Connection, input: RequestInput): void {
    feedInput(connection, input).then(
      () => {
        this.#isInputSent = true
      },
      (error: unknown) => {
        if (this.#isOver) return
        this.fail(
          error instanceof Refusal ? error : this.#refusal('GENERATOR_FAILED', String(error)),
        )
      },
    )
  }

  async #receive(): Promise<void> {
    const connection = this.#connection
    if (connection === undefined) throw new TypeError('An exchange is read before its start')
    const chunk = await connection.read()
    if (this.#failure !== undefined) return
    if (chunk === undefined) return this.#closed(connection)
    this.#isAnswered = true
    this.#pool.answered(connection)
    for (const event of this.#decoder.push(chunk)) this.#take(event)
    if (this.#isEnded) this.#settle()
  }

  /**
   * A kept connection may be closed by the application at the moment it is used: what never began
   * to be answered there is asked once more, on a new one. Only what has no upload is sent on a
   * kept one.
   */
  #closed(connection: Connection): void | Promise<void> {
    if (!this.#isAnswered && connection.requestCount > 1) {
      this.#pool.discard(connection)
      return this.#send({ isNew: true })
    }
    const reason = connection.error === undefined ? '' : ` (${connection.error.message})`
    const when = this.#isAnswered
      ? `in the middle of its answer, after ${this.#bytes} bytes`
      : 'without an answer'
    this.stop('GENERATOR_FAILED', `closed the connection ${when}${reason}`)
  }

  #take(event: ResponseEvent): void {
    switch (event.kind) {
      case 'output':
        return this.#takeOutput(event.bytes)
      case 'errors':
        return this.#errors.push(event.bytes)
      case 'end':
        return this.#takeEnd(event)
      case 'violation':
        this.stop('GENERATOR_FAILED', `does not speak FastCGI: ${event.problem}`)
    }
  }

  #takeOutput(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    const { outputBytesMax } = this.#options
    if (this.#bytes <= outputBytesMax) this.#output.push(bytes)
    else this.stop('TOO_LARGE', `sent more than ${outputBytesMax} bytes, its outputBytesMax`)
  }

  #takeEnd({ appStatus, protocolStatus }: Extract<ResponseEvent, { kind: 'end' }>): void {
    this.#isEnded = true
    if (protocolStatus === ProtocolStatus.Overloaded) this.stop('BUSY', 'is overloaded')
    else if (protocolStatus === ProtocolStatus.UnknownRole) {
      this.stop('GENERATOR_FAILED', 'is no responder, the one role that makes files')
    } else if (protocolStatus !== ProtocolStatus.RequestComplete) {
      this.stop('GENERATOR_FAILED', `refused the request with protocol status ${protocolStatus}`)
    } else if (appStatus !== 0) {
      this.stop('GENERATOR_FAILED', `ended with status ${appStatus}`)
    } else if (this.#errors.isFailure) {
      const { failureText } = this.#options
      this.stop('GENERATOR_FAILED', `failed: "${failureText}" is among its errors`)
    }
  }

  #settle(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.signal.removeEventListener('abort', this.#abort)
    if (this.#connection !== undefined) this.#leave(this.#connection)
    const { text } = this.#errors
    if (text !== '') this.#options.note(text)
    this.#options.over()
  }

  #leave(connection: Connection): void {
    const isDone = this.#isEnded && this.#decoder.isClean && this.#isInputSent
    if (isDone && this.#pool.keepsConnections) this.#pool.giveBack(connection)
    else this.#pool.discard(connection, this.#isEnded ? undefined : encodeAbort())
  }

  #refusal(code: RefusalCode, what: string): Refusal {
    return new Refusal(code, `${this.#options.title} ${what}`, { wireMessage: wireMessages(code) })
  }
}

/** What the device hears: nothing of the application. */
function wireMessages(code: RefusalCode): string {
  if (code === 'GENERATOR_TIMEOUT') return 'The file was not ready in time'
  if (code === 'BUSY') return 'The server is busy'
  return code === 'TOO_LARGE' ? 'The file is too large' : 'The file could not be made'
}
