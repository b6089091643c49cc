import type { LiveInventory } from '../store/live-inventory.ts'
import { type Edit, type Revision, StoreError } from '../store/store.ts'
import type { AdminParts } from './admin-parts.ts'
import type { ApiContext } from './api-env.ts'
import { ApiProblem, refused } from './api-problem.ts'

/** A change that somebody asked for. */
export interface AskedChange {
  readonly edits: readonly Edit[]
  readonly why: string | undefined
  /** The revision that its author saw; undefined: whatever is there is overwritten. */
  readonly seenRevision?: number | undefined
  /** What it was made conditional upon failed: 412 instead of 409. */
  readonly isConditional?: boolean
}

/** Makes changes in the name of who asks. */
export class Changer {
  readonly #parts: Pick<AdminParts, 'now' | 'opened'>

  constructor(parts: Pick<AdminParts, 'now' | 'opened'>) {
    this.#parts = parts
  }

  /** The inventory, made when there is none. */
  async live(): Promise<LiveInventory> {
    return (await this.#parts.opened()).live
  }

  /** @throws {ApiProblem} 409, 412 or 422, with everything that is wrong. @throws {StoreError} */
  async apply(c: ApiContext, change: AskedChange): Promise<Revision> {
    const { edits, why = '', seenRevision, isConditional = false } = change
    const seen = seenRevision === undefined ? {} : { seenRevision }
    const { who } = c.get('principal')
    try {
      const live = await this.live()
      const applied = await live.apply({ who, why, edits, ...seen }, this.#parts.now())
      if (applied.problems !== undefined) throw refused(applied.problems)
      return applied.revision
    } catch (error) {
      if (error instanceof RangeError) throw new ApiProblem(422, 'EDITS_WRONG', error.message)
      const isConflict = error instanceof StoreError && error.code === 'CONFLICT'
      if (isConflict && isConditional) throw new ApiProblem(412, 'CONFLICT', error.message)
      throw error
    }
  }

  /** Keeps a revision without edits: of what is changed beside the records. */
  async note(c: ApiContext, what: string, why: string | undefined): Promise<void> {
    await this.apply(c, { edits: [], why: why === undefined ? what : `${what}: ${why}` })
  }
}
