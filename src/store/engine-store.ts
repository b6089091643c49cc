import { applyChange, checkChange } from './apply-change.ts'
import { deliveryTable } from './delivery-table.ts'
import type { Engine } from './engine.ts'
import { enrolmentTable } from './enrolment-table.ts'
import { Gate } from './gate.ts'
import { inboxTable } from './inbox-table.ts'
import { migrate } from './migrations.ts'
import { currentRevision, listRevisions, readRevisions, readSnapshot } from './revision-log.ts'
import { RevisionWatch } from './revision-watch.ts'
import { secretTable } from './secret-table.ts'
import type {
  Change,
  DeliveryTable,
  EnrolmentTable,
  InboxTable,
  Revision,
  RevisionQuery,
  RevisionWithEdits,
  SecretTable,
  Snapshot,
  Store,
  TokenTable,
} from './store.ts'
import { tokenTable } from './token-table.ts'

/** What a store is asked to keep to. */
export interface StoreLimits {
  /** Unknown devices that are remembered. Default 1000. */
  readonly inboxEntriesMax?: number
}

/**
 * Opens the store that an engine's database is, new or old.
 *
 * @throws {StoreError} And then the engine is closed.
 */
export async function openEngineStore(engine: Engine, limits: StoreLimits): Promise<Store> {
  try {
    await migrate(engine)
    const store = new EngineStore(engine, {
      revision: await currentRevision(engine, engine.db),
      inboxEntriesMax: limits.inboxEntriesMax ?? 1000,
    })
    await store.listen()
    return store
  } catch (error) {
    await engine[Symbol.asyncDispose]()
    throw engine.explain(error)
  }
}

/** What every engine does the same. */
class EngineStore implements Store {
  readonly engine: string
  readonly inbox: InboxTable
  readonly deliveries: DeliveryTable
  readonly secrets: SecretTable
  readonly enrolments: EnrolmentTable
  readonly tokens: TokenTable
  readonly #engine: Engine
  readonly #gate: Gate
  readonly #watch: RevisionWatch
  readonly #poll: NodeJS.Timeout
  #isPolling = false

  constructor(engine: Engine, state: { readonly revision: number; inboxEntriesMax: number }) {
    this.engine = engine.name
    this.#engine = engine
    this.#gate = new Gate(engine)
    this.#watch = new RevisionWatch(state.revision)
    this.inbox = inboxTable(this.#gate, state.inboxEntriesMax)
    this.deliveries = deliveryTable(this.#gate)
    this.secrets = secretTable(this.#gate)
    this.enrolments = enrolmentTable(this.#gate)
    this.tokens = tokenTable(this.#gate)
    this.#poll = setInterval(() => void this.#lookForRevisions(), engine.pollMs).unref()
  }

  async listen(): Promise<void> {
    await this.#engine.listen({
      revision: (number) => this.#watch.advance(number),
      mayHaveMissed: () => void this.#lookForRevisions(),
    })
  }

  load(): Promise<Snapshot> {
    return this.#gate.read(readSnapshot)
  }

  async apply(change: Change): Promise<Revision> {
    checkChange(change)
    const revision = await this.#gate.write(
      (transaction) => applyChange(this.#engine, transaction, change),
      'durable',
    )
    this.#watch.advance(revision.number)
    return revision
  }

  changesAfter(revision: number): Promise<readonly RevisionWithEdits[]> {
    return this.#gate.read((db) => readRevisions(db, { after: revision }))
  }

  async revisions(query: RevisionQuery): Promise<readonly Revision[]> {
    if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > 1000) {
      throw new RangeError(`Cannot list ${query.limit} revisions: the range is 1 to 1000`)
    }
    return await this.#gate.read((db) => listRevisions(db, query))
  }

  async revision(number: number): Promise<RevisionWithEdits | undefined> {
    const [revision] = await this.#gate.read((db) => readRevisions(db, { number }))
    return revision
  }

  onRevision(listener: (revision: number) => void): () => void {
    return this.#watch.listen(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#poll)
    this.#watch.stop()
    await this.#gate.close()
  }

  /** A database that cannot be read now is looked at again later. */
  async #lookForRevisions(): Promise<void> {
    if (this.#isPolling) return
    this.#isPolling = true
    try {
      const revision = await this.#gate.read((db) => currentRevision(this.#engine, db))
      this.#watch.advance(revision)
    } catch {
      // Whoever wants something of the store is told why it fails.
    } finally {
      this.#isPolling = false
    }
  }
}
