import type { Kysely } from 'kysely'
import type { Durability, Engine, Work } from './engine.ts'
import type { Schema } from './schema.ts'
import { StoreError } from './store.ts'

/**
 * The one way to the database: nothing passes once the store is closed, what has passed is waited
 * for, and failures come out as what they mean.
 */
export class Gate {
  readonly engine: Engine
  readonly #running = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** For single statements. */
  async read<T>(work: Work<T>): Promise<T> {
    return await this.#pass(() => work(this.engine.db))
  }

  /** A transaction. */
  async write<T>(work: Work<T>, durability: Durability): Promise<T> {
    return await this.#pass(() => this.engine.write(work, durability))
  }

  /** A transaction that no other one like it overlaps, on any server. */
  async writeAlone<T>(work: Work<T>): Promise<T> {
    const alone = async (transaction: Kysely<Schema>): Promise<T> => {
      await this.engine.lock(transaction)
      return await work(transaction)
    }
    return await this.write(alone, 'durable')
  }

  /** Ends what is running, then the engine. */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#running).then(() =>
      this.engine[Symbol.asyncDispose](),
    )
    return this.#closing
  }

  async #pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new StoreError('CLOSED', `The store ${this.engine.place} is closed`)
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } catch (error) {
      throw this.engine.explain(error)
    } finally {
      this.#running.delete(running)
    }
  }
}
