import type { DeviceIndex, Evidence } from '../inventory/identify.ts'
import type { Device } from '../inventory/model.ts'
import type { Resolved, Unresolved } from '../inventory/resolve.ts'

/** What requests are answered from: an inventory as it is, or as it would be. */
export interface InventoryView {
  readonly deviceCount: number
  /** Who asks, by what is known of them; undefined: nobody, or it cannot be told. */
  find(evidence: Evidence): ReturnType<DeviceIndex['find']>
  /** What a device inherits, merged. */
  resolve(device: Device): Resolved | Unresolved
  /** True when a device is of a class, or of one that inherits it. */
  isOfClass(device: Device, name: string): boolean
  /**
   * Changes whenever what a device resolves to may have changed, and only then. Undefined when
   * there is no such device.
   */
  stampOf(id: string): number | undefined
}
