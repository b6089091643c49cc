import type { Answer } from '../../routing/answer.ts'

/** What of a body was there at once. */
export interface BodyStart {
  readonly first: Uint8Array | undefined
  /** True when nothing follows. */
  readonly isEnd: boolean
}

/** An answer whose body is read by another thread: its start travels with it. */
export class HostedAnswer {
  readonly answer: Answer
  /** A read that was begun and is not taken yet. */
  #ahead: Promise<Uint8Array | undefined> | undefined

  constructor(answer: Answer) {
    this.answer = answer
  }

  /** What is there within this turn; what is not is read by `read`. */
  async start(): Promise<BodyStart> {
    const first = await this.#take()
    if (first === 'not yet') return { first: undefined, isEnd: false }
    if (first === undefined) return { first, isEnd: true }
    const second = await this.#take()
    if (second !== undefined && second !== 'not yet') this.#ahead = Promise.resolve(second)
    return { first, isEnd: second === undefined }
  }

  /** The next chunk; undefined at the end. */
  read(): Promise<Uint8Array | undefined> {
    const ahead = this.#ahead
    this.#ahead = undefined
    return ahead ?? this.answer.body.read()
  }

  async #take(): Promise<Uint8Array | undefined | 'not yet'> {
    const reading = this.answer.body.read()
    this.#ahead = reading
    const taken = await Promise.race([reading, thisTurn()]).catch(() => 'not yet' as const)
    if (taken !== 'not yet') this.#ahead = undefined
    return taken
  }
}

function thisTurn(): Promise<'not yet'> {
  return new Promise((resolve) => {
    setImmediate(() => resolve('not yet'))
  })
}
