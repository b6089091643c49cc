import type { RefusalCode } from '../../base/refusal.ts'
import type { Method } from '../../routing/source.ts'

/** Statuses that come with the file, or after an upload. All else is none. */
const goodStatuses: Readonly<Record<Method, ReadonlySet<number>>> = {
  // 206 is a part of a file, and none was asked for.
  GET: new Set([200, 203, 204]),
  PUT: new Set([200, 201, 202, 203, 204]),
}

/** What a status means; all that is not here has failed. */
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
  429: 'BUSY',
  451: 'ACCESS_DENIED',
  503: 'BUSY',
  504: 'GENERATOR_TIMEOUT',
  507: 'STORAGE_FULL',
}

/** What a status means for who asked; undefined: here is the file, or the upload was taken. */
export function refusalCodeFor(status: number, method: Method): RefusalCode | undefined {
  if (goodStatuses[method].has(status)) return undefined
  return refusalByStatus[status] ?? 'GENERATOR_FAILED'
}

/** True for statuses by which a proxy or a server says that it does not work at present. */
export function isOutage(status: number): boolean {
  return status >= 502 && status <= 504
}

export function isServerError(status: number): boolean {
  return status >= 500
}

export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}

export function isMissing(status: number): boolean {
  return status === 404 || status === 410
}
