import { Refusal } from '../../base/refusal.ts'
import type { Answer, Answering } from '../../routing/answer.ts'

/** Waits for an answer; undefined when it has not come after `ms`. */
export function answeredWithin({ answer }: Answering, ms: number): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms)
    // It never rejects.
    void answer.then((value) => {
      clearTimeout(timer)
      resolve(value)
    })
  })
}

/** What a client hears that has waited long enough. */
export function notReady(patienceMs: number): Refusal {
  const message = `The file is not there after ${patienceMs} ms, limits.httpPatienceMs; it is kept`
  return new Refusal('NOT_READY', message, {
    wireMessage: 'The file is still being made, ask again',
  })
}
