import type { Answer, AnswerBody, Answering, Ask } from '../../routing/answer.ts'
import type { Route } from '../../routing/route.ts'
import type { FromWorker, SentAnswer, SentAsk, SentRoute, ToWorker } from './messages.ts'
import { receivedRefusal } from './sent-refusal.ts'
import { sendUpload } from './send-upload.ts'

/**
 * The door to the routes for a worker: it asks the thread in which files are made.
 *
 * Its counterpart is `AnswerHost`.
 */
export class RemoteAnswerer {
  readonly #send: (message: FromWorker) => void
  readonly #open = new Map<string, RemoteAnswering>()

  constructor(send: (message: FromWorker) => void) {
    this.#send = send
  }

  /** As an `Answerer`. */
  readonly answer = (ask: Ask): Answering => {
    const answering = new RemoteAnswering(ask, this.#send)
    this.#open.set(ask.id, answering)
    return answering
  }

  receive(message: ToWorker): void {
    if ('id' in message) this.#open.get(message.id)?.receive(message)
  }

  /** The request is over. */
  forget(id: string): void {
    this.#open.delete(id)
  }
}

/** What is said of one request. */
type ForRequest = Extract<ToWorker, { readonly id: string }>

class RemoteAnswering implements Answering {
  readonly answer: Promise<Answer>
  readonly #id: string
  readonly #send: (message: FromWorker) => void
  readonly #answered = Promise.withResolvers<Answer>()
  readonly #bodies = new Map<number, RemoteBody>()
  #instead: PromiseWithResolvers<Answer | undefined> | undefined
  #route: SentRoute | undefined
  #onPull: ((isOver: boolean) => void) | undefined

  constructor(ask: Ask, send: (message: FromWorker) => void) {
    this.#id = ask.id
    this.#send = send
    this.answer = this.#answered.promise
    const { body } = ask
    send({ kind: 'ask', ask: sentAsk(ask), hasUpload: body !== null })
    if (body !== null) this.#onPull = sendUpload(body, { id: ask.id, send })
  }

  /** Of it only what a hold asks for is known here. */
  get route(): Route | undefined {
    if (this.#route === undefined) return undefined
    const { profile, blockBytesMax } = this.#route
    return { patience: { profile }, blockBytesMax } as Route
  }

  late(): Promise<Answer | undefined> {
    if (this.#instead === undefined) {
      this.#instead = Promise.withResolvers()
      this.#send({ kind: 'late', id: this.#id })
    }
    return this.#instead.promise
  }

  cancel(): void {
    this.#send({ kind: 'cancel', id: this.#id })
  }

  receive(message: ForRequest): void {
    switch (message.kind) {
      case 'route':
        this.#route = message.route
        return
      case 'answer':
        return this.#answered.resolve(this.#received(message.answer))
      case 'instead':
        return this.#instead?.resolve(message.answer && this.#received(message.answer))
      case 'chunk':
      case 'size':
        return this.#bodies.get(message.body)?.receive(message)
      case 'pull':
        return this.#onPull?.(message.isOver)
    }
  }

  #received(sent: SentAnswer): Answer {
    const id = this.#id
    const body = new RemoteBody(sent, (kind) => this.#send({ kind, id, body: sent.body }))
    this.#bodies.set(sent.body, body)
    const { status, headers, refusal, rendition } = sent
    return {
      response:
        status === undefined
          ? undefined
          : new Response(null, { status, headers: [...headers].map(pair) }),
      refusal: refusal && receivedRefusal(refusal),
      routeName: sent.routeName,
      sourceName: sent.sourceName,
      params: sent.params,
      device: sent.device,
      identifiedBy: sent.identifiedBy,
      identityConflict: sent.identityConflict,
      blockBytesMax: sent.blockBytesMax,
      body,
      ...(rendition === undefined ? {} : { rendition }),
      delivered: () => this.#send({ kind: 'delivered', id, body: sent.body }),
      // They are put into the journal where they are known.
      notes: () => undefined,
    }
  }
}

/** Without touching the controller, which is made when it is asked for. */
function sentAsk(ask: Ask): SentAsk {
  const { id, front, method, path, protocol, tftpOptions, tftpMode, uploadBytes } = ask
  const { clientAddress, clientPort, localAddress, localPort } = ask
  return {
    id,
    front,
    method,
    path,
    protocol,
    tftpOptions,
    clientAddress,
    clientPort,
    localAddress,
    localPort,
    ...(tftpMode === undefined ? {} : { tftpMode }),
    ...(uploadBytes === undefined ? {} : { uploadBytes }),
  }
}

function pair([name, value]: readonly [string, string]): [string, string] {
  return [name, value]
}

/** A body in another thread. */
class RemoteBody implements AnswerBody {
  readonly whole?: () => Promise<number>
  readonly #ask: (kind: 'read' | 'whole' | 'leave') => void
  #first: Uint8Array | undefined
  #isEnd: boolean
  #reading: PromiseWithResolvers<Uint8Array | undefined> | undefined
  #sizing: PromiseWithResolvers<number> | undefined

  constructor(sent: SentAnswer, ask: (kind: 'read' | 'whole' | 'leave') => void) {
    this.#ask = ask
    this.#first = sent.first
    this.#isEnd = sent.isEnd
    const firstBytes = sent.first?.length ?? 0
    const { isEnd } = sent
    if (sent.hasWhole) this.whole = () => (isEnd ? Promise.resolve(firstBytes) : this.#size())
  }

  read(): Promise<Uint8Array | undefined> {
    const first = this.#first
    this.#first = undefined
    if (first !== undefined) return Promise.resolve(first)
    if (this.#isEnd) return Promise.resolve(undefined)
    this.#reading = Promise.withResolvers()
    this.#ask('read')
    return this.#reading.promise
  }

  cancel(): void {
    this.#reading?.resolve(undefined)
    if (!this.#isEnd) this.#ask('leave')
    this.#isEnd = true
  }

  receive(message: ToWorker & { readonly kind: 'chunk' | 'size' }): void {
    const { refusal } = message
    const waiting = message.kind === 'chunk' ? this.#reading : this.#sizing
    if (refusal !== undefined) return waiting?.reject(receivedRefusal(refusal))
    if (message.kind === 'size') return this.#sizing?.resolve(message.bytes ?? 0)
    if (message.bytes === undefined) this.#isEnd = true
    this.#reading?.resolve(message.bytes)
  }

  #size(): Promise<number> {
    if (this.#sizing === undefined) {
      this.#sizing = Promise.withResolvers()
      this.#ask('whole')
    }
    return this.#sizing.promise
  }
}
