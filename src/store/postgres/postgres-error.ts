import { StoreError, type StoreErrorCode } from '../store.ts'

interface Meaning {
  readonly code: StoreErrorCode
  readonly text: string
}

const unreachable = (text: string): Meaning => ({ code: 'UNREACHABLE', text })

/** By SQLSTATE or its class, and by what Node and postgres.js say of connections. */
const meanings: Readonly<Record<string, Meaning>> = {
  CONNECT_TIMEOUT: unreachable('it does not answer'),
  CONNECTION_CLOSED: unreachable('the connection was lost'),
  CONNECTION_DESTROYED: unreachable('the connection was lost'),
  CONNECTION_ENDED: unreachable('the connection was lost'),
  ECONNREFUSED: unreachable('nothing listens there'),
  ECONNRESET: unreachable('the connection was lost'),
  EPIPE: unreachable('the connection was lost'),
  ETIMEDOUT: unreachable('it does not answer'),
  EHOSTUNREACH: unreachable('there is no way to it'),
  ENETUNREACH: unreachable('there is no way to it'),
  ENOTFOUND: unreachable('no such host is known'),
  EAI_AGAIN: unreachable('the name service does not answer'),
  ENOENT: unreachable('there is no such socket'),
  EACCES: unreachable('its socket may not be used'),
  '08': unreachable('the connection failed'),
  '28': unreachable('it refuses the user or the password'),
  '3D000': unreachable('it has no such database'),
  '42501': unreachable('the user lacks a privilege'),
  '25006': unreachable('it takes no writes'),
  '53100': { code: 'DISK_FULL', text: 'its disk is full' },
  '53': unreachable('it has no resources left'),
  '55P03': unreachable('another transaction has held the lock for too long'),
  '57': unreachable('it ended the connection or the statement'),
  '40': unreachable('it gave the transaction up'),
  '42P01': { code: 'DAMAGED', text: 'a table is missing' },
  '42703': { code: 'DAMAGED', text: 'a column is missing' },
  XX: { code: 'DAMAGED', text: 'it reports damage' },
}

/** There was a connection, and it is no more; another may be had. */
export function isConnectionLost(error: unknown): boolean {
  const code = error instanceof Error ? codeOf(error) : ''
  return ['CONNECTION_CLOSED', 'ECONNRESET', 'EPIPE', '57P01', '57P02'].includes(code)
}

/** A StoreError that names host and port, when the failure was to be expected. */
export function explainPostgres(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error
  const code = codeOf(error)
  const meaning = meanings[code] ?? meanings[code.slice(0, 2)]
  if (meaning === undefined) return error
  const message = `Cannot use ${place}: ${meaning.text} (${error.message || code})`
  return new StoreError(meaning.code, message, { cause: error })
}

/** A host with several addresses fails with one error for each. */
function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code
  const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : []
  return first instanceof Error ? codeOf(first) : ''
}
