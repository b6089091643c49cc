import { Refusal, type RefusalCode } from '../../base/refusal.ts'

/** What each HTTP status of a source means to a TFTP client; all that is not here has failed. */
const refusalByStatus: Readonly<Record<number, RefusalCode>> = {
  400: 'MALFORMED_REQUEST',
  401: 'ACCESS_DENIED',
  403: 'ACCESS_DENIED',
  404: 'FILE_NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  409: 'FILE_EXISTS',
  410: 'FILE_NOT_FOUND',
  412: 'FILE_EXISTS',
  413: 'TOO_LARGE',
  503: 'BUSY',
  504: 'GENERATOR_TIMEOUT',
  507: 'STORAGE_FULL',
}

/** What a TFTP client reads; the status itself means nothing to it. */
const textByCode: Partial<Record<RefusalCode, string>> = {
  FILE_NOT_FOUND: 'File not found',
  ACCESS_DENIED: 'Access denied',
  METHOD_NOT_ALLOWED: 'This file cannot be written',
  FILE_EXISTS: 'File already exists',
  TOO_LARGE: 'Too large',
  STORAGE_FULL: 'The disk is full',
  BUSY: 'The server is busy',
  GENERATOR_TIMEOUT: 'The file was not ready in time',
}

/**
 * Reads a source's status as a refusal; undefined for 2xx.
 *
 * A redirect is a failure: TFTP has no way to follow it, and "not found" would let a device that
 * walks a list of names take the wrong file.
 */
export function refusalForStatus(status: number): Refusal | undefined {
  if (status >= 200 && status < 300) return undefined
  const code = refusalByStatus[status] ?? 'GENERATOR_FAILED'
  return new Refusal(code, `The source answered with status ${status}`, {
    wireMessage: textByCode[code] ?? 'The file could not be made',
  })
}
