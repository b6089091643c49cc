import { DeviceIndex, type Evidence } from '../inventory/identify.ts'
import type { Device } from '../inventory/model.ts'
import type { Resolved, Unresolved } from '../inventory/resolve.ts'
import type { Resolver } from '../inventory/resolver.ts'
import type { InventoryView } from './inventory-view.ts'

/** An inventory as it would be after a change that is only thought of. */
export class InventoryPreview implements InventoryView {
  readonly #base: InventoryView
  readonly #resolver: Resolver
  /** The devices that the change itself touches; undefined: removed. */
  readonly #edited: ReadonlyMap<string, Device | undefined>
  readonly #index = new DeviceIndex()

  constructor(parts: {
    readonly base: InventoryView
    readonly resolver: Resolver
    readonly edited: ReadonlyMap<string, Device | undefined>
  }) {
    this.#base = parts.base
    this.#resolver = parts.resolver
    this.#edited = parts.edited
    for (const device of parts.edited.values()) if (device !== undefined) this.#index.set(device)
  }

  get deviceCount(): number {
    return this.#base.deviceCount + this.#edited.size
  }

  find(evidence: Evidence): ReturnType<DeviceIndex['find']> {
    const found = this.#index.find(evidence)
    if (found?.device !== undefined) return found
    const before = this.#base.find(evidence)
    const id = before?.device?.id
    return id !== undefined && this.#edited.has(id) ? undefined : before
  }

  resolve(device: Device): Resolved | Unresolved {
    return this.#resolver.resolve(device)
  }

  isOfClass(device: Device, name: string): boolean {
    const layers = this.#resolver.layersOf(device)
    return device.classes.includes(name) || (layers?.includes(name) ?? false)
  }

  /** A thought does not change. */
  stampOf(): number {
    return 0
  }
}
