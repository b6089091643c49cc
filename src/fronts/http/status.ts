import type { RefusalCode } from '../../base/refusal.ts'

/** What an HTTP client is told. A new refusal does not compile until it has a row here. */
export const httpStatusFor = {
  FILE_NOT_FOUND: 404,
  ACCESS_DENIED: 403,
  METHOD_NOT_ALLOWED: 405,
  TOO_LARGE: 413,
  STORAGE_FULL: 507,
  MALFORMED_REQUEST: 400,
  FILE_EXISTS: 409,
  OPTION_REFUSED: 400,
  GENERATOR_FAILED: 502,
  GENERATOR_TIMEOUT: 504,
  NOT_READY: 503,
  BUSY: 503,
} as const satisfies Record<RefusalCode, number>
