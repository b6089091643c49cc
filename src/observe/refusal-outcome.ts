import type { RefusalCode } from '../base/refusal.ts'
import type { RequestOutcome } from './journal.ts'

/** What the journal calls a request that ended with a refusal: the same by either front. */
export const outcomeForRefusal = {
  FILE_NOT_FOUND: 'missing',
  ACCESS_DENIED: 'refused',
  METHOD_NOT_ALLOWED: 'refused',
  TOO_LARGE: 'refused',
  STORAGE_FULL: 'refused',
  MALFORMED_REQUEST: 'refused',
  FILE_EXISTS: 'refused',
  OPTION_REFUSED: 'refused',
  GENERATOR_FAILED: 'failed',
  GENERATOR_TIMEOUT: 'failed',
  NOT_READY: 'refused',
  BUSY: 'refused',
} as const satisfies Record<RefusalCode, RequestOutcome>
