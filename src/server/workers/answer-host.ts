import type { Journal, JournalEntry } from '../../observe/journal.ts'
import { renditionFields } from '../../observe/rendition-fields.ts'
import type { Answer, Answerer, Answering, Ask, RenditionUse } from '../../routing/answer.ts'
import { HostedAnswer } from './hosted-answer.ts'
import type { FromWorker, SentAnswer, SentAsk, ToWorker } from './messages.ts'
import { refusalOf, sentRefusal } from './sent-refusal.ts'
import { UploadStream } from './upload-stream.ts'

interface Hosted {
  readonly answering: Answering
  readonly controller: AbortController
  readonly upload: UploadStream | undefined
  /** The answers that were sent, by the number of their body. */
  readonly answers: Map<number, HostedAnswer>
}

/**
 * Answers the requests of one worker, where files are made: once for all workers, whoever asks.
 *
 * Its counterpart is `RemoteAnswerer`.
 */
export class AnswerHost {
  readonly #answer: Answerer
  readonly #journal: Journal
  readonly #send: (message: ToWorker) => void
  readonly #hosted = new Map<string, Hosted>()
  #bodyCount = 0

  constructor(parts: {
    readonly answer: Answerer
    readonly journal: Journal
    readonly send: (message: ToWorker) => void
  }) {
    this.#answer = parts.answer
    this.#journal = parts.journal
    this.#send = parts.send
  }

  /** Requests that are not over. */
  get count(): number {
    return this.#hosted.size
  }

  receive(message: FromWorker): void {
    if (message.kind === 'ask') return this.#ask(message.ask, message.hasUpload)
    if (message.kind === 'entry') return this.#over(message.entry)
    if (!('id' in message)) return
    const hosted = this.#hosted.get(message.id)
    if (hosted === undefined) return
    switch (message.kind) {
      case 'late':
        return void this.#late(message.id, hosted)
      case 'cancel':
        hosted.controller.abort()
        return hosted.answering.cancel()
      case 'read':
        return void this.#read(message.id, message.body, hosted)
      case 'whole':
        return void this.#whole(message.id, message.body, hosted)
      case 'leave':
        return hosted.answers.get(message.body)?.answer.body.cancel()
      case 'delivered':
        return hosted.answers.get(message.body)?.answer.delivered()
      case 'upload':
        return hosted.upload?.push(message.bytes)
      case 'uploadEnd':
        return hosted.upload?.end(message.error)
    }
  }

  /** The worker is gone, and its clients with it. */
  abandon(): void {
    for (const { answering, controller, upload, answers } of this.#hosted.values()) {
      controller.abort()
      answering.cancel()
      upload?.end('the server lost a worker')
      for (const { answer } of answers.values()) answer.body.cancel()
    }
    this.#hosted.clear()
  }

  #ask(sent: SentAsk, hasUpload: boolean): void {
    const { id } = sent
    const controller = new AbortController()
    const onPull = (isOver: boolean): void => this.#send({ kind: 'pull', id, isOver })
    const upload = hasUpload ? new UploadStream(onPull) : undefined
    const ask: Ask = { ...sent, headers: new Headers(), body: upload?.stream ?? null, controller }
    const answering = this.#answer(ask)
    const hosted = { answering, controller, upload, answers: new Map<number, HostedAnswer>() }
    this.#hosted.set(id, hosted)
    let isAnswered = false
    void answering.answer.then(async (answer) => {
      isAnswered = true
      const made = await this.#sent(answer, hosted)
      this.#send({ kind: 'answer', id, answer: made })
    })
    // A hold needs to know its route; a file that is there at once has no hold.
    setImmediate(() => {
      const { route } = answering
      if (isAnswered || route === undefined) return
      const { patience, blockBytesMax } = route
      this.#send({ kind: 'route', id, route: { profile: patience?.profile, blockBytesMax } })
    })
  }

  async #late(id: string, hosted: Hosted): Promise<void> {
    const instead = await hosted.answering.late()
    const answer = instead && (await this.#sent(instead, hosted))
    this.#send({ kind: 'instead', id, answer })
  }

  async #sent(answer: Answer, hosted: Hosted): Promise<SentAnswer> {
    this.#bodyCount += 1
    const number = this.#bodyCount
    const { response, refusal, body, rendition } = answer
    const kept = new HostedAnswer(answer)
    hosted.answers.set(number, kept)
    const { first, isEnd } = refusal === undefined ? await kept.start() : nothing
    return {
      body: number,
      status: response?.status,
      headers: [...(response?.headers ?? [])],
      refusal: refusal && sentRefusal(refusal),
      routeName: answer.routeName,
      sourceName: answer.sourceName,
      params: answer.params,
      device: answer.device,
      identifiedBy: answer.identifiedBy,
      identityConflict: answer.identityConflict,
      blockBytesMax: answer.blockBytesMax,
      rendition: rendition && useOf(rendition),
      hasWhole: body.whole !== undefined,
      first,
      isEnd,
    }
  }

  async #read(id: string, number: number, { answers }: Hosted): Promise<void> {
    const kind = 'chunk'
    try {
      const bytes = await answers.get(number)?.read()
      this.#send({ kind, id, body: number, bytes, refusal: undefined })
    } catch (error) {
      const refusal = sentRefusal(refusalOf(error))
      this.#send({ kind, id, body: number, bytes: undefined, refusal })
    }
  }

  async #whole(id: string, number: number, { answers }: Hosted): Promise<void> {
    const kind = 'size'
    try {
      const bytes = await answers.get(number)?.answer.body.whole?.()
      this.#send({ kind, id, body: number, bytes, refusal: undefined })
    } catch (error) {
      const refusal = sentRefusal(refusalOf(error))
      this.#send({ kind, id, body: number, bytes: undefined, refusal })
    }
  }

  /** What was noted and how it was made is known here only. */
  #over(entry: JournalEntry): void {
    const hosted = this.#hosted.get(entry.id)
    this.#hosted.delete(entry.id)
    const [last] = [...(hosted?.answers.values() ?? [])].slice(-1)
    const answer = last?.answer
    const notes = answer?.notes()
    this.#journal.record({
      ...entry,
      ...renditionFields(answer?.rendition, entry.late === true),
      ...(notes === undefined ? {} : { notes }),
    })
  }
}

const nothing = { first: undefined, isEnd: false } as const

function useOf({ generationMs, isShared, isLate, isStale }: RenditionUse): RenditionUse {
  return { generationMs, isShared, isLate, isStale }
}
