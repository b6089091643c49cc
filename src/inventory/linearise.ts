import type { Heir, ParentsOf } from './heir.ts'
import { inventoryLimits } from './limits.ts'
import { type ClassSequence, describeConflict } from './order-conflict.ts'
import { type InventoryProblem, inventoryProblem } from './problem.ts'

/** Every class that is inherited, once, base first; or why there is no such order. */
export type Linearisation =
  | { readonly order: readonly string[]; readonly problem?: undefined }
  | { readonly order?: undefined; readonly problem: InventoryProblem }

export interface LineariseOptions {
  readonly parentsOf: ParentsOf
  /**
   * Orders of classes found earlier, each with the class itself at its end; read and added to. Must
   * not outlive a change of the parents. Default: none.
   */
  readonly known?: Map<string, readonly string[]>
}

/**
 * Puts all that an heir inherits, without itself, into one order: later wins.
 *
 * A class comes after all its parents, parents keep the order in which they are listed, and both
 * hold for every heir of the heir. That is C3 on reversed lists of parents, reversed: as published
 * it lets the first parent win. `[site, model]` gives base, site, model.
 *
 * @see Barrett et al., A Monotonic Superclass Linearization for Dylan (OOPSLA 1996)
 */
export function linearise(heir: Heir, options: LineariseOptions): Linearisation {
  return new Search(options).inheritedBy(heir, [])
}

/** The order of a class and all it inherits, itself at the end. */
export function lineariseClass(name: string, options: LineariseOptions): Linearisation {
  const order = options.known?.get(name)
  if (order !== undefined) return { order }
  const heir: Heir = { subject: 'inventory', field: 'classes', parents: [name] }
  return new Search(options).inheritedBy(heir, [])
}

class Search {
  readonly #parentsOf: ParentsOf
  readonly #known: Map<string, readonly string[]>

  constructor({ parentsOf, known = new Map() }: LineariseOptions) {
    this.#parentsOf = parentsOf
    this.#known = known
  }

  /** @param above - The classes on the way down to here, the heir the last of them. */
  inheritedBy(heir: Heir, above: readonly string[]): Linearisation {
    const sequences: ClassSequence[] = []
    for (const [index, parent] of heir.parents.entries()) {
      const problem = this.#problemOf(heir, { index, above })
      if (problem !== undefined) return { problem }
      const found = this.#orderOf(parent, above)
      if (found.problem !== undefined) return found
      sequences.push({ names: found.order, of: parent })
    }
    sequences.push({ names: heir.parents, of: heir })
    return this.#merged(heir, sequences)
  }

  #orderOf(name: string, above: readonly string[]): Linearisation {
    const known = this.#known.get(name)
    if (known !== undefined) return { order: known }
    const heir: Heir = {
      subject: `class "${name}"`,
      field: 'parents',
      parents: this.#parentsOf(name) ?? [],
    }
    const found = this.inheritedBy(heir, [...above, name])
    if (found.order === undefined) return found
    const order = [...found.order, name]
    this.#known.set(name, order)
    return { order }
  }

  #merged(heir: Heir, sequences: readonly ClassSequence[]): Linearisation {
    const { order, stuck } = mergeSequences(sequences)
    if (stuck.length > 0) {
      const found = describeConflict(stuck, this.#parentsOf)
      const allowed = 'lists that one order can follow'
      return { problem: problemOf(heir, { code: 'CLASS_ORDER', found, allowed }) }
    }
    if (order.length <= inventoryLimits.layersMax) return { order }
    return { problem: tooMany(heir) }
  }

  #problemOf(
    heir: Heir,
    { index, above }: { index: number; above: readonly string[] },
  ): InventoryProblem | undefined {
    const name = heir.parents[index] ?? ''
    if (this.#parentsOf(name) === undefined) {
      const found = `"${name}", which does not exist`
      const parts = { code: 'CLASS_MISSING', found, allowed: 'the name of a class' } as const
      return problemOf(heir, { ...parts, step: `/${index}` })
    }
    const start = above.indexOf(name)
    if (start !== -1) return loopOf([...above.slice(start), name])
    if (above.length <= inventoryLimits.layersMax) return undefined
    return tooMany({ ...heir, subject: `class "${above[0]}"` })
  }
}

interface Merged {
  readonly order: readonly string[]
  /** What is left of the sequences when no class can come next. */
  readonly stuck: readonly ClassSequence[]
}

/**
 * Takes the strongest class that is nowhere outdone, again and again, from the end of the order to
 * its beginning; where several are free, the one that the last parent brings.
 */
function mergeSequences(sequences: readonly ClassSequence[]): Merged {
  const open = sequences.map(({ names, of }) => ({ names, of, left: names.length })).reverse()
  // The heir's own list is asked last: it only restricts.
  const own = open.shift()
  if (own) open.push(own)
  const weaker = countWeaker(sequences)
  const order: string[] = []
  for (;;) {
    const waiting = open.filter(({ left }) => left > 0)
    if (waiting.length === 0) return { order: order.reverse(), stuck: [] }
    const next = waiting
      .map(({ names, left }) => names[left - 1] ?? '')
      .find((name) => (weaker.get(name) ?? 0) === 0)
    if (next === undefined) {
      const stuck = waiting.map(({ names, of, left }) => ({ names: names.slice(0, left), of }))
      return { order, stuck }
    }
    order.push(next)
    for (const one of waiting.filter(({ names, left }) => names[left - 1] === next)) {
      one.left -= 1
      const name = one.names[one.left - 1]
      if (name !== undefined) weaker.set(name, (weaker.get(name) ?? 1) - 1)
    }
  }
}

/** In how many sequences something stronger than a class is still waiting. */
function countWeaker(sequences: readonly ClassSequence[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { names } of sequences) {
    for (const name of names.slice(0, -1)) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

function loopOf(loop: readonly string[]): InventoryProblem {
  const [first = ''] = loop
  const links = loop.slice(1).map((parent, index) => `"${loop[index]}" inherits "${parent}"`)
  return inventoryProblem({
    subject: `class "${first}"`,
    code: 'CLASS_LOOP',
    path: '/parents',
    found: `a loop, ${links.join(', ')}`,
    allowed: 'parents that do not lead back',
  })
}

function tooMany(heir: Heir): InventoryProblem {
  const count = inventoryLimits.layersMax
  const found = `more than ${count} classes inherited in all`
  return problemOf(heir, { code: 'LIMIT_EXCEEDED', found, allowed: `at most ${count}` })
}

function problemOf(
  { subject, field }: Heir,
  parts: Pick<InventoryProblem, 'code' | 'found' | 'allowed'> & { readonly step?: string },
): InventoryProblem {
  const { step = '', ...rest } = parts
  return inventoryProblem({ ...rest, subject, path: `/${field}${step}` })
}
