import type { Device, DeviceClass } from '../inventory/model.ts'
import type { Edit, Store } from '../store/store.ts'

/** A database of its own for one test, which any number of stores may open. */
export interface StoreBench extends AsyncDisposable {
  open(limits?: { readonly inboxEntriesMax?: number }): Promise<Store>
  /** With which `openStore` opens the same database in another process. */
  readonly openOptions: { readonly url?: string; readonly stateFolder: string }
}

export type MakeStoreBench = () => Promise<StoreBench>

/** A device of which only what matters is said. */
export function deviceOf(id: string, parts: Partial<Device> = {}): Device {
  return { id, macs: [], addresses: [], classes: [], values: {}, state: 'active', ...parts }
}

export function classOf(name: string, parts: Partial<DeviceClass> = {}): DeviceClass {
  return { name, parents: [], values: {}, ...parts }
}

export function deviceEdit(after: Device, before?: Device): Edit {
  return { kind: 'device', key: after.id, before, after }
}

export function deviceRemoval(before: Device): Edit {
  return { kind: 'device', key: before.id, before, after: undefined }
}

export function classEdit(after: DeviceClass, before?: DeviceClass): Edit {
  return { kind: 'class', key: after.name, before, after }
}
