import type { Device, DeviceClass } from '../../src/inventory/model.ts'
import type { Edit } from '../../src/store/store.ts'
import type { InventoryRecords } from '../../src/store/text/format-inventory.ts'

/** Classes below the base, in so many levels. */
const LEVELS = 8
const CLASSES_PER_LEVEL = 42

/** The class that half of all devices inherit. */
export const HALF_CLASS = 'level-1-0'

/**
 * Some 300 classes in 8 levels with diamonds: each of a level inherits two neighbours of the level
 * above, which share a parent. Even numbers descend from one class of the first level.
 */
function benchClasses(): readonly DeviceClass[] {
  const classes: DeviceClass[] = [{ name: 'base', parents: [], values: valuesOf('base') }]
  for (const index of [0, 1]) {
    classes.push({ name: `level-1-${index}`, parents: ['base'], values: valuesOf(`l1-${index}`) })
  }
  for (let level = 2; level <= LEVELS; level += 1) {
    for (let index = 0; index < CLASSES_PER_LEVEL; index += 1) {
      classes.push({
        name: `level-${level}-${index}`,
        parents: parentsOf(level, index),
        values: valuesOf(`l${level}-${index}`),
      })
    }
  }
  return classes
}

/** Two of the level above of the same parity, the lower number first: no two lists contradict. */
function parentsOf(level: number, index: number): string[] {
  if (level === 2) return [`level-1-${index % 2}`]
  const other = (index + 2) % CLASSES_PER_LEVEL
  const [first, second] = [Math.min(index, other), Math.max(index, other)]
  return [`level-${level - 1}-${first}`, `level-${level - 1}-${second}`]
}

function valuesOf(name: string): DeviceClass['values'] {
  return {
    name,
    [`of-${name}`]: name,
    sip: { server: `sip.${name}.example.net`, port: 5060 },
    dns: name === 'base' ? ['10.0.0.53'] : { $append: [`10.0.0.${name.length}`] },
  }
}

/** A device of a class of the last level. */
function benchDevice(number: number): Device {
  const digits = number.toString(16).padStart(6, '0')
  const mac = `02:00:00:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4)}`
  return {
    id: `device-${number}`,
    macs: [mac],
    serial: `SN${number}`,
    addresses: [],
    classes: [`level-${LEVELS}-${number % CLASSES_PER_LEVEL}`],
    values: { line: String(4000 + number), label: `Desk ${number}` },
    state: 'active',
  }
}

/** All classes, and as many devices as are wanted. */
export function benchInventory(deviceCount: number): InventoryRecords {
  const devices = Array.from({ length: deviceCount }, (_, number) => benchDevice(number))
  return { classes: benchClasses(), devices }
}

/** What adds them all to an empty store. */
export function additionsOf({ classes, devices }: InventoryRecords): readonly Edit[] {
  const none = { before: undefined }
  return [
    ...classes.map((after): Edit => ({ kind: 'class', key: after.name, ...none, after })),
    ...devices.map((after): Edit => ({ kind: 'device', key: after.id, ...none, after })),
  ]
}
