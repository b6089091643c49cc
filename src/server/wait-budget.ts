import { Refusal } from '../base/refusal.ts'

/**
 * How long a source may keep its readers waiting, in all.
 *
 * Time counts only while someone waits for the source, so a large file that a slow device takes ten
 * minutes to fetch is not cut off, and a generator that stalls after its first block still is.
 */
export class WaitBudget {
  readonly #deadlineMs: number
  readonly #onExceeded: () => void
  #spentMs = 0

  /** @param onExceeded - Called once, when the budget is used up: tells the source to stop. */
  constructor(options: { readonly deadlineMs: number; readonly onExceeded: () => void }) {
    this.#deadlineMs = options.deadlineMs
    this.#onExceeded = options.onExceeded
  }

  /**
   * Waits for `work` as long as there is budget left.
   *
   * @throws {Refusal} `GENERATOR_TIMEOUT` when there is none; `work` then goes on unheard.
   */
  spend<T>(work: Promise<T>): Promise<T> {
    const startedAt = performance.now()
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(this.#refusal())
        this.#onExceeded()
      }, this.#deadlineMs - this.#spentMs)
      const settle = (): void => {
        clearTimeout(timer)
        this.#spentMs += performance.now() - startedAt
      }
      work.then(
        (value) => {
          settle()
          resolve(value)
        },
        (error: unknown) => {
          settle()
          reject(error instanceof Error ? error : new Error(String(error)))
        },
      )
    })
  }

  #refusal(): Refusal {
    return new Refusal(
      'GENERATOR_TIMEOUT',
      `The source was not done after its deadline of ${this.#deadlineMs} ms`,
      { wireMessage: 'The file was not ready in time' },
    )
  }
}
