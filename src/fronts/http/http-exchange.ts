import type { HttpBindings } from '@hono/node-server'
import { Refusal } from '../../base/refusal.ts'
import type { RequestOutcome } from '../../observe/journal.ts'
import { outcomeForRefusal } from '../../observe/refusal-outcome.ts'
import type { Answer, Answering, Ask } from '../../routing/answer.ts'
import type { Method } from '../../routing/source.ts'
import { parseHttpTarget, type RequestPath } from '../../routing/request-path.ts'
import { entryFor, type HttpRecord } from './exchange-record.ts'
import { countedUpload } from './counted-upload.ts'
import { answeredWithin, notReady } from './answered-within.ts'
import { checkCertificate, type EncryptedPeer } from './encryption.ts'
import { entityFor, type Entity } from './entity.ts'
import { selectRepresentation } from './conditional.ts'
import { httpStatusFor } from './status.ts'
import type { HttpFrontOptions } from './options.ts'

/** A chunk at least this large is worth reusing, and larger than any response header, in bytes. */
const SPARE_BYTES_MIN = 128 * 1024

/** How long a client waits, unless the options say otherwise, in ms. */
const PATIENCE_MS = 60_000

const methods: Readonly<Record<string, Method>> = { GET: 'GET', HEAD: 'GET', PUT: 'PUT' }

/** What else a request comes with. */
export interface ExchangeParts {
  readonly bindings: HttpBindings
  /** Undefined for a connection that is not encrypted. */
  readonly peer: EncryptedPeer | undefined
}

/** One HTTP request, from the ask to the journal entry. */
export class HttpExchange {
  readonly #request: Request
  readonly #bindings: HttpBindings
  readonly #options: HttpFrontOptions
  readonly #record: HttpRecord
  readonly #controller = new AbortController()
  #isRecorded = false
  #lastChunk: Uint8Array | undefined
  #answering: Answering | undefined
  /** Bytes that the connection had sent before this request. */
  readonly #writtenBefore: number

  constructor(request: Request, { bindings, peer }: ExchangeParts, options: HttpFrontOptions) {
    this.#request = request
    this.#bindings = bindings
    this.#options = options
    const { socket } = bindings.incoming
    this.#writtenBefore = socket.bytesWritten
    this.#record = {
      id: options.newId(),
      at: new Date().toISOString(),
      startedAt: performance.now(),
      method: request.method,
      client: { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 },
      local: { address: plainAddress(socket.localAddress), port: socket.localPort ?? 0 },
      target: bindings.incoming.url ?? '/',
      peer,
      path: undefined,
      status: undefined,
      contentRange: undefined,
      sentBytes: 0,
      takenBytes: 0,
      firstByteAt: undefined,
      answer: undefined,
      refusal: undefined,
      wasLate: false,
    }
  }

  async run(): Promise<Response> {
    this.#watchClient()
    try {
      return await this.#respond()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return this.#refuse(error)
    }
  }

  async #respond(): Promise<Response> {
    const method = methods[this.#request.method]
    if (method === undefined) throw methodNotAllowed(this.#request.method)
    const path = parseHttpTarget(this.#record.target)
    this.#record.path = path
    checkCertificate(this.#record.peer)
    const answering = this.#options.answer(this.#askFor(method, path))
    this.#answering = answering
    const answer = method === 'GET' ? await this.#patiently(answering) : await answering.answer
    this.#record.answer = answer
    if (answer.refusal !== undefined) throw answer.refusal
    const response = answer.response
    if (response === undefined) throw new TypeError('An answer has neither response nor refusal')
    const entity = await entityFor(response, answer.body)
    const selected = method === 'GET' ? selectRepresentation(this.#request, entity) : entity
    return this.#send(selected, answer)
  }

  /** The answer, or what its route has for a client that has waited long enough. */
  async #patiently(answering: Answering): Promise<Answer> {
    const { patienceMs = PATIENCE_MS } = this.#options
    const answer = await answeredWithin(answering, patienceMs)
    if (answer !== undefined) return answer
    this.#record.wasLate = true
    const instead = await answering.late()
    if (instead !== undefined) return instead
    // It is made all the same, and there when the client asks again.
    answering.cancel()
    throw notReady(patienceMs)
  }

  #askFor(method: Method, path: RequestPath): Ask {
    const { incoming } = this.#bindings
    const length = this.#request.headers.get('content-length')
    return {
      id: this.#record.id,
      front: 'http',
      method,
      path,
      clientAddress: this.#record.client.address,
      clientPort: this.#record.client.port,
      localAddress: this.#record.local.address,
      localPort: this.#record.local.port,
      protocol: `HTTP/${incoming.httpVersion}`,
      tftpOptions: new Map(),
      ...(length !== null && /^\d{1,15}$/.test(length) ? { uploadBytes: Number(length) } : {}),
      headers: this.#request.headers,
      certificate: this.#record.peer?.subject,
      body: method === 'PUT' ? this.#upload() : null,
      controller: this.#controller,
    }
  }

  #upload(): ReadableStream<Uint8Array> {
    return countedUpload(this.#request.body ?? new Blob([]).stream(), (bytes) => {
      this.#record.takenBytes += bytes
    })
  }

  #send(entity: Entity, answer: Answer): Response {
    this.#record.status = entity.status
    this.#record.contentRange = entity.headers.get('content-range') ?? undefined
    const hasBody = this.#request.method !== 'HEAD' && !bodiless(entity.status)
    if (!hasBody) {
      answer.body.cancel()
      return new Response(null, { status: entity.status, headers: entity.headers })
    }
    const stream = this.#counted(entity)
    return new Response(stream, { status: entity.status, headers: entity.headers })
  }

  /** Ends with an error, which closes the connection, when the body is shorter than announced. */
  #counted({ body, sizeBytes }: Entity): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const chunk = await body.read(this.#spare(sizeBytes))
            if (chunk === undefined) {
              if (sizeBytes !== undefined && this.#record.sentBytes < sizeBytes)
                throw tooShort(sizeBytes)
              return controller.close()
            }
            this.#record.firstByteAt ??= performance.now()
            this.#record.sentBytes += chunk.length
            this.#lastChunk = chunk
            controller.enqueue(chunk)
          } catch (error) {
            this.#fail(error)
            controller.error(error)
          }
        },
        cancel: () => body.cancel(),
      },
      { highWaterMark: 0 },
    )
  }

  /**
   * Memory of the last chunk, once the system has taken all that was handed out: a large file then
   * leaves no garbage behind. Only chunks larger than any header, so that the count of bytes cannot
   * be met without them.
   */
  #spare(sizeBytes: number | undefined): ArrayBuffer | undefined {
    const chunk = this.#lastChunk
    const { socket } = this.#bindings.outgoing
    this.#lastChunk = undefined
    // What an encrypted socket has written is counted after its encryption.
    if (this.#record.peer !== undefined) return undefined
    if (chunk === undefined || sizeBytes === undefined || chunk.length < SPARE_BYTES_MIN)
      return undefined
    const written = (socket?.bytesWritten ?? 0) - this.#writtenBefore
    const isTaken = socket?.writableLength === 0 && written >= this.#record.sentBytes
    return isTaken && chunk.buffer instanceof ArrayBuffer ? chunk.buffer : undefined
  }

  #fail(error: unknown): void {
    this.#record.refusal =
      error instanceof Refusal ? error : new Refusal('GENERATOR_FAILED', String(error))
  }

  #refuse(refusal: Refusal): Response {
    this.#record.refusal = refusal
    const status = httpStatusFor[refusal.code]
    this.#record.status = status
    const headers = new Headers({ 'content-type': 'text/plain; charset=utf-8' })
    const isTemporary = refusal.code === 'BUSY' || refusal.code === 'NOT_READY'
    if (isTemporary) headers.set('retry-after', '5')
    // What is left of an upload is not read, so the connection is of no more use (RFC 9112 §9.6).
    if (this.#request.method === 'PUT') headers.set('connection', 'close')
    if (refusal.code === 'METHOD_NOT_ALLOWED') headers.set('allow', 'GET, HEAD, PUT')
    return new Response(`${refusal.wireMessage}\n`, { status, headers })
  }

  /** The request is over when its connection has taken the whole answer, or is gone. */
  #watchClient(): void {
    const { outgoing } = this.#bindings
    outgoing.once('close', () => {
      if (this.#isRecorded) return
      this.#isRecorded = true
      const isWhole = outgoing.writableFinished
      if (!isWhole) {
        this.#controller.abort()
        this.#answering?.cancel()
      }
      const outcome = this.#outcome(isWhole)
      if (isWhole && this.#hasHadAll()) this.#record.answer?.delivered()
      this.#record.answer?.body.cancel()
      this.#options.journal.record(entryFor(this.#record, outcome, performance.now()))
    })
  }

  /** True when the client has every byte now: sent to it whole, up to the end, or known before. */
  #hasHadAll(): boolean {
    const { status, contentRange } = this.#record
    if (this.#request.method !== 'GET') return false
    if (status !== 206) return status === 200 || status === 304
    const [, end, size] = /^bytes \d+-(\d+)\/(\d+)$/.exec(contentRange ?? '') ?? []
    return end !== undefined && Number(end) + 1 === Number(size)
  }

  #outcome(isWhole: boolean): RequestOutcome {
    const { refusal, status = 500 } = this.#record
    if (refusal !== undefined) return outcomeForRefusal[refusal.code]
    if (!isWhole) return 'aborted'
    if (status === 404 || status === 410) return 'missing'
    if (status >= 500) return 'failed'
    if (status >= 400) return 'refused'
    return this.#request.method === 'HEAD' || bodiless(status) ? 'answered' : 'delivered'
  }
}

function tooShort(sizeBytes: number): Refusal {
  return new Refusal('GENERATOR_FAILED', `The source announced ${sizeBytes} bytes and gave fewer`)
}

function bodiless(status: number): boolean {
  return status === 204 || status === 304
}

function methodNotAllowed(method: string): Refusal {
  return new Refusal('METHOD_NOT_ALLOWED', `Cannot ${method}: the methods are GET, HEAD and PUT`, {
    wireMessage: 'Method not allowed',
  })
}

/**
 * An IPv4 client of a dual-stack socket shows as `::ffff:10.0.0.7`; everywhere else it is
 * `10.0.0.7`.
 */
function plainAddress(address: string | undefined): string {
  return address?.startsWith('::ffff:') === true ? address.slice(7) : (address ?? '')
}
