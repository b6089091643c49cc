import { Refusal } from '../base/refusal.ts'
import type { Rendition } from './rendition.ts'
import { Served, type ServedAs } from './served.ts'

/** The way from one request to its rendition. */
export interface ServingWay {
  /** Finds or begins it. @throws {Refusal} */
  readonly take: () => Rendition
  readonly as: ServedAs
  /** What may be used if it fails; undefined: nothing. */
  readonly standIn: Rendition | undefined
  /** An earlier one, however old. */
  readonly earlier: () => Rendition | undefined
  /** Told of a rendition that a client has had all of. */
  readonly onDelivered: (rendition: Rendition) => void
}

/** One request that waits for its rendition. */
export class Serving {
  /** Rejects with a `Refusal` when the file cannot be made and none may stand in. */
  readonly served: Promise<Served>
  readonly #way: ServingWay
  #current: Served | undefined

  constructor(way: ServingWay) {
    this.#way = way
    way.standIn?.bytes.hold()
    this.served = this.#serve()
  }

  /** An earlier rendition, however old, for a client that cannot wait; undefined: there is none. */
  stale(): Served | undefined {
    const earlier = this.#way.earlier()
    return earlier && this.#asStale(earlier)
  }

  /** What the source noted so far; undefined when nothing. */
  notes(): string | undefined {
    return this.#current?.rendition.notes
  }

  /** The client is gone. The file is made all the same. */
  cancel(): void {
    this.#current?.reader.cancel()
  }

  #serve(): Promise<Served> {
    const { standIn } = this.#way
    if (standIn !== undefined) return this.#serveOr(standIn)
    try {
      const served = this.#take()
      return served.head().then(
        () => served,
        (refusal: unknown) => {
          this.cancel()
          throw refusal
        },
      )
    } catch (refusal) {
      return Promise.reject(refusal)
    }
  }

  #take(): Served {
    const { take, as, onDelivered } = this.#way
    this.#current = new Served(take(), as, onDelivered)
    return this.#current
  }

  /** Where a failure has a remedy its end is waited for: half a file cannot be taken back. */
  async #serveOr(standIn: Rendition): Promise<Served> {
    try {
      return (await this.#servedWhole()) ?? this.#asStale(standIn)
    } finally {
      standIn.bytes.release()
    }
  }

  /** Undefined when it failed. */
  async #servedWhole(): Promise<Served | undefined> {
    try {
      const served = this.#take()
      const { status } = await served.head()
      await served.reader.whole()
      if (status < 500) return served
    } catch (error) {
      this.cancel()
      if (!isFailure(error)) throw error
    }
    this.cancel()
    return undefined
  }

  #asStale(rendition: Rendition): Served {
    const as = { isJoined: true, isLate: false, isStale: true }
    return new Served(rendition, as, this.#way.onDelivered)
  }
}

/** A "no" of the source is its answer; a failure is none. */
function isFailure(error: unknown): boolean {
  const codes: readonly string[] = ['GENERATOR_FAILED', 'GENERATOR_TIMEOUT', 'BUSY', 'TOO_LARGE']
  return error instanceof Refusal && codes.includes(error.code)
}
