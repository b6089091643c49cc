import type { Instant } from '../base/instant.ts'

interface Event {
  readonly at: Instant
  /** Events of one moment happen in the order in which they were added. */
  readonly order: number
  readonly work: () => void
}

/** What is to happen, soonest first: a binary heap. */
export class EventQueue {
  readonly #heap: Event[] = []
  #order = 0

  /** When the next event is; infinite when there is none. */
  get nextAt(): Instant {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  add(at: Instant, work: () => void): void {
    const event = { at, order: this.#order, work }
    this.#order += 1
    let index = this.#heap.length
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = this.#heap[parent]
      if (above === undefined || isBefore(above, event)) break
      this.#heap[index] = above
      index = parent
    }
    this.#heap[index] = event
  }

  /** Takes out the next event. @throws {RangeError} When there is none. */
  take(): () => void {
    const [first] = this.#heap
    const last = this.#heap.pop()
    if (first === undefined || last === undefined) throw new RangeError('Nothing is to happen')
    if (this.#heap.length > 0) this.#sink(last)
    return first.work
  }

  #sink(event: Event): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      const left = heap[child]
      const right = heap[child + 1]
      if (left === undefined) break
      if (right !== undefined && isBefore(right, left)) child += 1
      const below = heap[child] ?? left
      if (isBefore(event, below)) break
      heap[index] = below
      index = child
    }
    heap[index] = event
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}
