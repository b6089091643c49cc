import type { DeviceIndex, Evidence } from '../inventory/identify.ts'
import type { Device } from '../inventory/model.ts'
import type { Resolved, Unresolved } from '../inventory/resolve.ts'
import { isList, isMap, setValue, type Value, type Values } from '../inventory/value.ts'
import type { InventoryView } from '../store/inventory-view.ts'

/**
 * An inventory in which one device asks, whatever the name says, and in which one of its values can
 * be made another.
 */
export class AlteredView implements InventoryView {
  readonly #base: InventoryView
  readonly #device: Device
  readonly #values: Values | undefined
  #altered: Values | undefined
  #stamp = 0

  constructor(base: InventoryView, device: Device) {
    this.#base = base
    this.#device = device
    const resolved = base.resolve(device)
    this.#values = resolved.problem === undefined ? resolved.values : undefined
  }

  /** Alters the value at these steps, and no other. @param steps - Undefined: none. */
  alter(steps: readonly string[] | undefined): void {
    this.#stamp += 1
    const { '': altered } =
      steps === undefined || this.#values === undefined
        ? { '': this.#values }
        : (withAltered({ '': this.#values }, ['', ...steps]) as { '': Values })
    this.#altered = altered
  }

  get deviceCount(): number {
    return this.#base.deviceCount
  }

  find(_evidence: Evidence): ReturnType<DeviceIndex['find']> {
    return { device: this.#device, by: 'name', against: [] }
  }

  resolve(device: Device): Resolved | Unresolved {
    const resolved = this.#base.resolve(device)
    if (resolved.problem !== undefined || this.#altered === undefined) return resolved
    return { ...resolved, values: this.#altered }
  }

  isOfClass(device: Device, name: string): boolean {
    return this.#base.isOfClass(device, name)
  }

  stampOf(): number {
    return this.#stamp
  }
}

function withAltered(value: Value, [step, ...rest]: readonly string[]): Value {
  if (step === undefined) return otherThan(value)
  if (isList(value)) {
    return value.map((element, index) =>
      String(index) === step ? withAltered(element, rest) : element,
    )
  }
  if (!isMap(value)) return value
  const copy: Record<string, Value> = {}
  for (const key of Object.keys(value)) {
    const element = value[key] ?? null
    setValue(copy, key, key === step ? withAltered(element, rest) : element)
  }
  return copy
}

/** Of the same type where that can be, so that what is done with it does not fail. */
function otherThan(value: Value): Value {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  return typeof value === 'string' ? `${value}~` : '~'
}
