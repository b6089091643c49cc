import type { Device, DeviceClass } from '../../inventory/model.ts'
import { areEqual, type Value } from '../../inventory/value.ts'
import type { LiveInventory } from '../live-inventory.ts'
import type { Edit } from '../store.ts'
import type { InventoryRecords } from './format-inventory.ts'

/** `merge`: what the text lacks stays. `replace`: it is removed. */
export type PlanMode = 'merge' | 'replace'

/** What is to be changed so that an inventory is as a text says; nothing for what is so already. */
export function planEdits(
  live: Pick<LiveInventory, 'device' | 'devices' | 'classNamed' | 'classes'>,
  { classes, devices }: InventoryRecords,
  mode: PlanMode,
): readonly Edit[] {
  const edits: Edit[] = []
  for (const after of classes) {
    const before = live.classNamed(after.name)?.record
    if (!isSame(before, after)) edits.push({ kind: 'class', key: after.name, before, after })
  }
  for (const after of devices) {
    const before = live.device(after.id)?.record
    if (!isSame(before, after)) edits.push({ kind: 'device', key: after.id, before, after })
  }
  return mode === 'merge' ? edits : [...edits, ...removals(live, { classes, devices })]
}

function removals(
  live: Pick<LiveInventory, 'devices' | 'classes'>,
  { classes, devices }: InventoryRecords,
): Edit[] {
  const names = new Set(classes.map(({ name }) => name))
  const ids = new Set(devices.map(({ id }) => id))
  const gone = { after: undefined }
  return [
    ...live.devices().flatMap(({ record: before }): Edit[] => {
      return ids.has(before.id) ? [] : [{ kind: 'device', key: before.id, before, ...gone }]
    }),
    ...live.classes().flatMap(({ record: before }): Edit[] => {
      return names.has(before.name) ? [] : [{ kind: 'class', key: before.name, before, ...gone }]
    }),
  ]
}

/** Records are plain data; a field that is absent is absent in both. */
function isSame(before: Device | DeviceClass | undefined, after: Device | DeviceClass): boolean {
  return before !== undefined && areEqual(before as unknown as Value, after as unknown as Value)
}
