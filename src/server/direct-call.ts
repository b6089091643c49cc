import { contentLengthOf } from '../routing/content-length.ts'
import type { AnswerBody } from '../routing/answer.ts'
import { asRefusal, BudgetedBody, emptyBody } from './answer-body.ts'
import { tooLarge } from './limited-upload.ts'
import type { NoteBook } from './note-book.ts'
import type { Asker } from './asker.ts'
import { callSource, type SourceCall } from './source-call.ts'
import { WaitBudget } from './wait-budget.ts'

/** From this size on, in bytes, a body is read into memory of the reader's. */
const LARGE_BYTES = 1024 * 1024

/** What one call of a source gave. */
export interface Called {
  readonly response: Response
  /** How to read it; called once. */
  readonly body: () => AnswerBody
}

/**
 * Calls a source for one request alone: uploads, files on disk, routes that share nothing. The
 * source is told when the client is gone.
 *
 * @throws {Refusal}
 */
export async function callDirectly(
  call: SourceCall,
  notes: NoteBook,
  asker: Asker,
): Promise<Called> {
  const { ask, route } = call
  const { uploadBytes } = ask
  if (uploadBytes !== undefined && uploadBytes > route.uploadBytesMax) {
    throw tooLarge(`it has ${uploadBytes} bytes`, route.uploadBytesMax)
  }
  const onExceeded = (): void => ask.controller.abort()
  const budget = new WaitBudget({ deadlineMs: route.deadlineMs, onExceeded })
  const terms = {
    signalOf: () => ask.controller.signal,
    note: (text: string) => notes.add(text),
    madeFrom: () => {},
    deviceOf: () => asker.device,
    headers: ask.headers,
  }
  const made = (async () => callSource(call, terms))()
  try {
    const response = await budget.spend(made)
    return { response, body: () => bodyOf(response, budget) }
  } catch (error) {
    discardLate(made)
    throw asRefusal(error)
  }
}

function bodyOf(response: Response, budget: WaitBudget): AnswerBody {
  if (response.body === null) return emptyBody
  const isLarge = (contentLengthOf(response.headers) ?? 0) > LARGE_BYTES
  return new BudgetedBody(response.body, { budget, isLarge })
}

/** A response that comes after its deadline is thrown away, so that what it holds open is freed. */
function discardLate(made: Promise<Response>): void {
  made.then(
    (response) => response.body?.cancel().catch(() => {}),
    () => {},
  )
}
