import { chmod, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { StoreError } from '../store.ts'
import { isBusy } from './sqlite-error.ts'
import { SqliteHandle } from './sqlite-handle.ts'

/** Says in the header of a database whose it is: `Trvt`. */
export const APPLICATION_ID = 0x54727674
/** How long a writer waits for another process to end its transaction, in ms. */
const LOCK_MS_MAX = 15_000
const LOCK_RETRY_MS = 10
/** Statements of readers wait only while another process recovers the log after a crash. */
const READER_BUSY_MS = 1000
/** What the log may keep of the disk after a large change, in bytes. */
const LOG_BYTES_MAX = 16 * 1024 * 1024
/** A larger file is not checked when it is opened, because that would take seconds. */
const CHECKED_BYTES_MAX = 1024 * 1024 * 1024

/**
 * A database file with two connections: reads see the last committed state while a transaction is
 * being written.
 */
export interface SqliteFile extends Disposable {
  readonly reader: SqliteHandle
  readonly writer: SqliteHandle
}

/**
 * Opens a file, which is made when it is not there: the folder with mode 0700, the file 0600.
 *
 * @throws {StoreError} `DAMAGED` when it is another program's, or no database at all.
 */
export async function openSqliteFile(file: string): Promise<SqliteFile> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await createFile(file)
  const writer = new SqliteHandle(file, { busyMs: 0 })
  try {
    await retryWhileBusy(() => refuseForeign(writer, file))
    await retryWhileBusy(() => setUp(writer, file))
    await retryWhileBusy(() => refuseDamaged(writer, file))
    const reader = new SqliteHandle(file, { busyMs: READER_BUSY_MS })
    reader.exec('pragma query_only = on')
    const dispose = (): void => {
      reader[Symbol.dispose]()
      writer[Symbol.dispose]()
    }
    return { reader, writer, [Symbol.dispose]: dispose }
  } catch (error) {
    writer[Symbol.dispose]()
    throw error
  }
}

/**
 * Tries again while another process holds the lock. SQLite's own waiting would stop this whole
 * process, and with it every transfer.
 */
export async function retryWhileBusy<T>(attempt: () => T): Promise<T> {
  const end = performance.now() + LOCK_MS_MAX
  for (;;) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error
      await setTimeout(LOCK_RETRY_MS)
    }
  }
}

/** Whatever the umask is; an old file keeps the mode that its owner gave it. */
async function createFile(file: string): Promise<void> {
  try {
    const handle = await open(file, 'wx', 0o600)
    await handle.close()
    await chmod(file, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Before anything is written: another program's database stays as it is. */
function refuseForeign(handle: SqliteHandle, file: string): void {
  if (handle.value('pragma application_id') === APPLICATION_ID) return
  if (handle.value('select count(*) from sqlite_schema') === 0) return
  throw new StoreError('DAMAGED', `Cannot open "${file}": it is a database of another program`)
}

/**
 * The write-ahead log, and every commit waits for the disk: `full`, because with `normal` a power
 * failure may take the last revisions.
 *
 * @see https://www.sqlite.org/pragma.html#pragma_synchronous
 */
function setUp(handle: SqliteHandle, file: string): void {
  const mode = handle.value('pragma journal_mode = wal')
  if (mode !== 'wal') {
    throw new StoreError(
      'UNREACHABLE',
      `Cannot open "${file}": its file system cannot keep a write-ahead log; is it a network's?`,
    )
  }
  handle.exec('pragma synchronous = full; pragma fullfsync = on')
  handle.exec(`pragma journal_size_limit = ${LOG_BYTES_MAX}`)
}

/** Whether the pages of a file fit together: 150 ms for 100,000 devices. */
function refuseDamaged(handle: SqliteHandle, file: string): void {
  const bytes = Number(handle.value('pragma page_count')) * Number(handle.value('pragma page_size'))
  if (bytes > CHECKED_BYTES_MAX) return
  const verdict = handle.value('pragma quick_check(1)')
  if (verdict === 'ok') return
  throw new StoreError('DAMAGED', `Cannot open "${file}": it is damaged (${String(verdict)})`)
}
