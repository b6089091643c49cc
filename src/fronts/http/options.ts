import type { Journal } from '../../observe/journal.ts'
import type { Log } from '../../observe/log.ts'
import type { Answerer } from '../../routing/answer.ts'

export interface HttpFrontOptions {
  readonly answer: Answerer
  readonly journal: Journal
  readonly log: Log
  /** Makes a request id, unique within this run of the server. */
  readonly newId: () => string
  /** How long a client is kept waiting for an answer, in ms. Default 60,000. */
  readonly patienceMs?: number
  /** Open connections per listener, 1–1,000,000; more are closed at once. Default 10,000. */
  readonly connectionsMax?: number
}
