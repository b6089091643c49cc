import { Refusal } from '../base/refusal.ts'
import type { AnswerBody } from '../routing/answer.ts'
import type { WaitBudget } from './wait-budget.ts'

/** A body with nothing in it: refusals, and statuses that have none. */
export const emptyBody: AnswerBody = {
  read: () => Promise.resolve(undefined),
  cancel: () => {},
}

/** Reads a response's body within the budget of its route. */
export class BudgetedBody implements AnswerBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #budget: WaitBudget

  constructor(stream: ReadableStream<Uint8Array>, budget: WaitBudget) {
    this.#reader = stream.getReader()
    this.#budget = budget
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      for (;;) {
        const { done, value } = await this.#budget.spend(this.#reader.read())
        if (done) return undefined
        if (!(value instanceof Uint8Array)) throw notBytes(value)
        if (value.length > 0) return value
      }
    } catch (error) {
      throw asRefusal(error)
    }
  }

  cancel(): void {
    this.#reader.cancel().catch(() => {
      // The source's own failure: nobody is left to hear it.
    })
  }
}

/** What a source threw, as a refusal: its own if it is one, else "failed" with the reason kept for the journal. */
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
