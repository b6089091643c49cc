import { Refusal } from '../base/refusal.ts'
import type { AnswerBody } from '../routing/answer.ts'
import type { WaitBudget } from './wait-budget.ts'

/** A body with nothing in it: refusals, and statuses that have none. */
export const emptyBody: AnswerBody = {
  read: () => Promise.resolve(undefined),
  cancel: () => {},
}

/**
 * What a source that fills its reader's memory is given when the reader has none to spare, in
 * bytes.
 */
const BUFFER_BYTES = 256 * 1024

/** Reads a response's body within the budget of its route. */
export class BudgetedBody implements AnswerBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | ReadableStreamBYOBReader
  readonly #budget: WaitBudget

  constructor(
    stream: ReadableStream<Uint8Array>,
    options: { readonly budget: WaitBudget; readonly isLarge: boolean },
  ) {
    this.#reader = options.isLarge ? readerOf(stream) : stream.getReader()
    this.#budget = options.budget
  }

  async read(spare?: ArrayBuffer): Promise<Uint8Array | undefined> {
    try {
      for (;;) {
        const { done, value } = await this.#budget.spend(this.#next(spare))
        if (done) return undefined
        if (!(value instanceof Uint8Array)) throw notBytes(value)
        if (value.length > 0) return value
      }
    } catch (error) {
      throw asRefusal(error)
    }
  }

  #next(spare: ArrayBuffer | undefined): Promise<{ done: boolean; value?: unknown }> {
    const reader = this.#reader
    if (!(reader instanceof ReadableStreamBYOBReader)) return reader.read()
    return reader.read(new Uint8Array(spare ?? new ArrayBuffer(BUFFER_BYTES)))
  }

  cancel(): void {
    this.#reader.cancel().catch(() => {
      // The source's own failure: nobody is left to hear it.
    })
  }
}

/** A stream of bytes is read into the reader's memory; any other hands over its chunks. */
function readerOf(
  stream: ReadableStream<Uint8Array>,
): ReadableStreamDefaultReader<Uint8Array> | ReadableStreamBYOBReader {
  try {
    return stream.getReader({ mode: 'byob' })
  } catch {
    return stream.getReader()
  }
}

/**
 * What a source threw, as a refusal: its own if it is one, else "failed" with the reason kept for
 * the journal.
 */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new Refusal('GENERATOR_FAILED', `The source failed: ${reason}`, {
    wireMessage: 'The file could not be made',
    cause: error,
  })
}

function notBytes(value: unknown): Refusal {
  return new Refusal(
    'GENERATOR_FAILED',
    `The source's body holds a ${typeof value}, Uint8Array chunks are needed`,
    { wireMessage: 'The file could not be made' },
  )
}
