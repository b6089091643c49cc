import { inventoryLimits } from './limits.ts'
import { type InventoryProblem, inventoryProblem, type ProblemParts } from './problem.ts'

/** What is wrong with one device or class; no more than the limit of it. */
export class RecordProblems {
  readonly #subject: string
  readonly #problems: InventoryProblem[] = []

  constructor(subject: string) {
    this.#subject = subject
  }

  get all(): readonly InventoryProblem[] {
    return this.#problems
  }

  get count(): number {
    return this.#problems.length
  }

  get isFull(): boolean {
    return this.#problems.length >= inventoryLimits.problemsMax
  }

  add(parts: Omit<ProblemParts, 'subject'>): void {
    if (!this.isFull) this.#problems.push(inventoryProblem({ subject: this.#subject, ...parts }))
  }
}
