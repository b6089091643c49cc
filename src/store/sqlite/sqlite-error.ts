import { StoreError, type StoreErrorCode } from '../store.ts'

/** What `node:sqlite` throws. */
interface SqliteError extends Error {
  readonly code: 'ERR_SQLITE_ERROR'
  /** SQLite's extended result code. */
  readonly errcode: number
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
}

/** Another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && primaryCode(error) === BUSY
}

/** @see https://www.sqlite.org/rescode.html */
function primaryCode(error: SqliteError): number {
  return error.errcode & 0xff
}

interface Meaning {
  readonly code: StoreErrorCode
  readonly text: string
}

const BUSY = 5
/** A write that failed otherwise than for a full disk: over a quota, or over the size of a file. */
const WRITE_FAILED = 778

const noRoom: Meaning = { code: 'DISK_FULL', text: 'the disk is full, or a limit is reached' }
const damaged: Meaning = { code: 'DAMAGED', text: 'it is damaged' }
const noDatabase: Meaning = { code: 'DAMAGED', text: 'it is no SQLite database' }
const locked: Meaning = { code: 'UNREACHABLE', text: 'another process keeps it locked' }
const readOnly: Meaning = { code: 'UNREACHABLE', text: 'it may not be written' }
const cannotOpen: Meaning = { code: 'UNREACHABLE', text: 'it cannot be opened' }
const diskFailed: Meaning = { code: 'UNREACHABLE', text: 'the disk failed' }

/** By primary result code. `no such table` (1) can only mean that somebody changed the tables. */
const meanings = new Map<number, Meaning>([
  [1, damaged],
  [3, readOnly],
  [BUSY, locked],
  [6, locked],
  [8, readOnly],
  [10, diskFailed],
  [11, damaged],
  [13, noRoom],
  [14, cannotOpen],
  [26, noDatabase],
])

/** Of the file system, before SQLite has opened anything. */
const systemCodes = new Map<string, Meaning>([
  ['ENOSPC', noRoom],
  ['EDQUOT', noRoom],
  ['EACCES', cannotOpen],
  ['EPERM', cannotOpen],
  ['EROFS', readOnly],
  ['ENOTDIR', cannotOpen],
  ['EISDIR', cannotOpen],
  ['EEXIST', cannotOpen],
])

/** A StoreError that names the file, when the failure was to be expected. */
export function explainSqlite(error: unknown, place: string): unknown {
  const meaning = meaningOf(error)
  if (meaning === undefined) return error
  const detail = (error as Error).message
  const message = `Cannot use ${place}: ${meaning.text} (${detail})`
  return new StoreError(meaning.code, message, { cause: error })
}

function meaningOf(error: unknown): Meaning | undefined {
  if (isSqliteError(error)) {
    return error.errcode === WRITE_FAILED ? noRoom : meanings.get(primaryCode(error))
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? systemCodes.get(code) : undefined
}
