import { areEqual, type Value } from '../inventory/value.ts'
import type { InventoryRecords } from '../store/text/format-inventory.ts'
import { KitConflictError } from './kit-conflict.ts'
import type { Kit } from './read-kit.ts'

/**
 * The classes and devices of several kits. What two of them have in the same words is there once.
 *
 * @throws {KitConflictError} Naming every class and device that two kits have differently.
 */
export function mergeInventory(kits: readonly Kit[]): InventoryRecords {
  const conflicts: string[] = []
  const classes = new Merging('class', conflicts)
  const devices = new Merging('device', conflicts)
  for (const { name, inventory } of kits) {
    for (const one of inventory.classes) classes.add(one.name, one, name)
    for (const one of inventory.devices) devices.add(one.id, one, name)
  }
  if (conflicts.length > 0) throw new KitConflictError(conflicts)
  return {
    classes: classes.records as InventoryRecords['classes'],
    devices: devices.records as InventoryRecords['devices'],
  }
}

interface Entry {
  readonly record: object
  readonly kit: string
}

/** The records of one kind, by their names. */
class Merging {
  readonly #what: string
  readonly #conflicts: string[]
  readonly #entries = new Map<string, Entry>()

  constructor(what: string, conflicts: string[]) {
    this.#what = what
    this.#conflicts = conflicts
  }

  get records(): readonly object[] {
    return [...this.#entries.values()].map(({ record }) => record)
  }

  add(name: string, record: object, kit: string): void {
    const first = this.#entries.get(name)
    if (first === undefined) this.#entries.set(name, { record, kit })
    else if (!areEqual(first.record as Value, record as Value)) {
      this.#conflicts.push(`The kits "${first.kit}" and "${kit}" differ in ${this.#what} "${name}"`)
    }
  }
}
