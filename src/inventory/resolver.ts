import { ClassMemo } from './class-memo.ts'
import { type Linearisation, lineariseClass } from './linearise.ts'
import { applyLayer } from './merge.ts'
import { type DeviceClass, OWN_LAYER } from './model.ts'
import type { InventoryProblem } from './problem.ts'
import {
  type DeviceInheritance,
  explainDevice,
  orderOfDevice,
  type Resolved,
  type ResolvedWithOrigins,
  type Unresolved,
} from './resolve.ts'
import { emptyValues, type Values } from './value.ts'

/** Lists of classes whose order is kept; devices with the same list need one of them. */
const COMBINATIONS_MAX = 4096
/** Beginnings of orders whose merged values are kept. */
const BEGINNINGS_MAX = 16_384

/** The part of a device's values that all devices with the same classes have in common. */
type Inherited = Omit<Resolved, 'problem'>

/**
 * All classes, and what was worked out of them: orders, descendants, merged values.
 *
 * What it gives is what `resolveDevice` and `explainDevice` give; it only remembers. A change of a
 * class forgets exactly what was made of that class.
 */
export class Resolver {
  readonly #classes = new Map<string, DeviceClass>()
  /** Names of classes by each parent they list, whether that exists or not. */
  readonly #children = new Map<string, Set<string>>()
  readonly #orders = new Map<string, readonly string[]>()
  readonly #combinations = new ClassMemo<Inherited>(COMBINATIONS_MAX)
  readonly #beginnings = new ClassMemo<Values>(BEGINNINGS_MAX)

  /** The classes may come in any order, even contradict each other or name missing ones. */
  constructor(classes: Iterable<DeviceClass> = []) {
    for (const one of classes) this.setClass(one)
  }

  classNamed(name: string): DeviceClass | undefined {
    return this.#classes.get(name)
  }

  /** All names, sorted by UTF-16 code units. */
  get classNames(): readonly string[] {
    return [...this.#classes.keys()].sort()
  }

  /** Adds a class, or puts it in the place of the one of that name. */
  setClass(changed: DeviceClass): void {
    this.deleteClass(changed.name)
    this.#classes.set(changed.name, changed)
    for (const parent of changed.parents) {
      const children = this.#children.get(parent)
      if (children) children.add(changed.name)
      else this.#children.set(parent, new Set([changed.name]))
    }
  }

  /** Nothing happens when there is none. Those that inherit it cannot be resolved from now on. */
  deleteClass(name: string): void {
    for (const heir of [name, ...this.descendantsOf(name)]) this.#orders.delete(heir)
    this.#combinations.forget(name)
    this.#beginnings.forget(name)
    for (const parent of this.#classes.get(name)?.parents ?? []) {
      const children = this.#children.get(parent)
      children?.delete(name)
      if (children?.size === 0) this.#children.delete(parent)
    }
    this.#classes.delete(name)
  }

  /** Classes that list this one among their parents, sorted. */
  childrenOf(name: string): readonly string[] {
    return [...(this.#children.get(name) ?? [])].sort()
  }

  /** Classes that inherit this one over any number of steps, without itself, sorted. */
  descendantsOf(name: string): readonly string[] {
    const found = new Set([name])
    for (const one of found) for (const child of this.#children.get(one) ?? []) found.add(child)
    found.delete(name)
    return [...found].sort()
  }

  /** A class and all it inherits, base first, itself at the end. */
  orderOf(name: string): Linearisation {
    return lineariseClass(name, { parentsOf: this.#parentsOf, known: this.#orders })
  }

  /** Every class that cannot be ordered, and why; each problem once. Empty when all is well. */
  problems(): readonly InventoryProblem[] {
    const found = new Map<string, InventoryProblem>()
    for (const name of this.classNames) {
      const { problem } = this.orderOf(name)
      if (problem !== undefined) found.set(problem.message, problem)
    }
    return [...found.values()]
  }

  /** The values of a device, fast. */
  resolve(device: DeviceInheritance): Resolved | Unresolved {
    const inherited = this.#inheritedBy(device)
    if ('problem' in inherited) return inherited
    return { layers: inherited.layers, values: applyLayer(inherited.values, device.values) }
  }

  /** The classes a device inherits and `own`, base first; undefined when there is no order. */
  layersOf(device: DeviceInheritance): readonly string[] | undefined {
    const inherited = this.#inheritedBy(device)
    return 'problem' in inherited ? undefined : inherited.layers
  }

  /** The same values, and where each came from. */
  explain(device: DeviceInheritance): ResolvedWithOrigins | Unresolved {
    return explainDevice(device, (name) => this.#classes.get(name))
  }

  #inheritedBy(device: DeviceInheritance): Inherited | Unresolved {
    const key = keyOf(device.classes)
    const kept = this.#combinations.get(key)
    if (kept !== undefined) return kept
    const options = { parentsOf: this.#parentsOf, known: this.#orders }
    const { order, problem } = orderOfDevice(device, options)
    if (problem !== undefined) return { problem }
    const layers = Object.freeze([...order, OWN_LAYER])
    const inherited = { layers, values: this.#mergedUpTo(order, order.length) }
    this.#combinations.keep(key, inherited, order)
    return inherited
  }

  /** The first classes of an order merged; orders that begin alike share the work. */
  #mergedUpTo(order: readonly string[], count: number): Values {
    if (count === 0) return emptyValues
    const beginning = order.slice(0, count)
    const key = keyOf(beginning)
    const kept = this.#beginnings.get(key)
    if (kept !== undefined) return kept
    const last = this.#classes.get(order[count - 1] ?? '')?.values ?? emptyValues
    const values = applyLayer(this.#mergedUpTo(order, count - 1), last)
    this.#beginnings.keep(key, values, beginning)
    return values
  }

  readonly #parentsOf = (name: string): readonly string[] | undefined =>
    this.#classes.get(name)?.parents
}

/** No name of a class holds a slash. */
function keyOf(names: readonly string[]): string {
  return names.join('/')
}
