import postgres, { type Options, type Sql } from 'postgres'
import { StoreError } from '../store.ts'
import { Turns } from '../turns.ts'

/** Connections for reads. */
const READERS_MAX = 3
/** In seconds. */
const CONNECT_SECONDS_MAX = 10
const KEEP_ALIVE_SECONDS = 20
const READER_IDLE_SECONDS = 300
/** The longest wait between attempts to connect again, in seconds. */
const BACKOFF_SECONDS_MAX = 2
/** How long the server may work on one statement, wait for a lock, or for us, in ms. */
const STATEMENT_MS_MAX = 60_000
const LOCK_MS_MAX = 15_000
const IDLE_IN_TRANSACTION_MS_MAX = 60_000
/**
 * How long connections have to end themselves, in seconds. Nothing is running any more by then, but
 * postgres.js may wait for a query that its connection has lost.
 */
const END_SECONDS_MAX = 0.5

/** All connections of one store: at most five, with that for notifications. */
export interface PostgresPools extends AsyncDisposable {
  /** `host:port/database`. */
  readonly place: string
  readonly readers: Sql<PostgresTypes>
  /** One connection, for the transaction whose turn it is. */
  readonly writer: Sql<PostgresTypes>
  readonly turns: Turns
  /** How often the writer's connection has ended. */
  writerBreakCount(): number
}

/** Types that postgres.js does not know by itself. */
// oxlint-disable-next-line typescript/consistent-type-definitions
export type PostgresTypes = { readonly bigint: number }

/**
 * Prepares the connections; none is made yet.
 *
 * @throws {StoreError} `UNREACHABLE` for what is no URL.
 */
export function postgresPools(url: string): PostgresPools {
  let breakCount = 0
  const onWriterEnd = (): void => {
    breakCount += 1
  }
  const readers = connect(url, {
    max: READERS_MAX,
    idle_timeout: READER_IDLE_SECONDS,
  })
  const writer = connect(url, {
    max: 1,
    // Never closed for its age: that might be in the midst of a transaction.
    idle_timeout: 0,
    max_lifetime: null,
    onclose: onWriterEnd,
  })
  const { host, port, database } = readers.options
  const servers = host.map((name, index) => `${name}:${port[index] ?? port[0]}`)
  return {
    place: `PostgreSQL at ${servers.join(',')}/${database}`,
    readers,
    writer,
    turns: new Turns(),
    writerBreakCount: () => breakCount,
    async [Symbol.asyncDispose]() {
      await Promise.all([readers, writer].map((sql) => sql.end({ timeout: END_SECONDS_MAX })))
    },
  }
}

function connect(url: string, options: Options<{}>): Sql<PostgresTypes> {
  try {
    return postgres(url, { ...shared, ...options } as Options<never>) as Sql<PostgresTypes>
  } catch {
    // Without the cause: Node's error for an invalid URL holds the URL, and that the password.
    throw new StoreError(
      'UNREACHABLE',
      'Cannot open the store: its URL is not of the form postgres://user:password@host:port/database',
    )
  }
}

const BIGINT_OID = 20

const shared = {
  connect_timeout: CONNECT_SECONDS_MAX,
  keep_alive: KEEP_ALIVE_SECONDS,
  backoff: (attempt: number) => Math.min(0.1 * 2 ** attempt, BACKOFF_SECONDS_MAX),
  // No arrays are used, and asking for their types costs a round trip for each connection.
  fetch_types: false,
  onnotice: () => {},
  // Milliseconds and revision numbers, all of them far below 2^53.
  types: {
    bigint: {
      to: BIGINT_OID,
      from: [BIGINT_OID],
      parse: Number,
      serialize: (value: number) => String(value),
    },
  },
  connection: {
    application_name: 'trivet',
    statement_timeout: STATEMENT_MS_MAX,
    lock_timeout: LOCK_MS_MAX,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS_MAX,
  },
}
