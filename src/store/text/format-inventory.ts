import { Document, Scalar, visit } from 'yaml'
import type { Device, DeviceClass } from '../../inventory/model.ts'
import { isCanonicalNumber } from '../../yaml/yaml-values.ts'

/** An inventory as text for people and for git. */
export interface InventoryRecords {
  readonly classes: readonly DeviceClass[]
  readonly devices: readonly Device[]
}

/**
 * Writes an inventory as YAML: classes, then devices, each in the order of their names; what is
 * empty is left out. The same inventory gives the same bytes, and `parseInventory` gives it back:
 * texts that would be read as something else are in quotes. Secrets are names.
 */
export function formatInventory({ classes, devices }: InventoryRecords): string {
  const records = {
    classes: Object.fromEntries(sorted(classes, ({ name }) => name).map(classEntry)),
    devices: Object.fromEntries(sorted(devices, ({ id }) => id).map(deviceEntry)),
  }
  const document = new Document(records, { aliasDuplicateObjects: false })
  visit(document, { Scalar: (_key, node) => setForm(node) })
  return document.toString({ lineWidth: 0, minContentWidth: 0, flowCollectionPadding: false })
}

function classEntry({ name, parents, values }: DeviceClass): [string, object] {
  return [name, { ...listed({ parents }), ...listed({ values }) }]
}

function deviceEntry(device: Device): [string, object] {
  const { id, name, serial, uuid, macs, addresses, classes, values, state } = device
  return [
    id,
    {
      ...(name === undefined ? {} : { name }),
      ...listed({ macs }),
      ...(serial === undefined ? {} : { serial }),
      ...(uuid === undefined ? {} : { uuid }),
      ...listed({ addresses }),
      ...listed({ classes }),
      ...(state === 'active' ? {} : { state }),
      ...listed({ values }),
    },
  ]
}

/** The one field, unless there is nothing in it. */
function listed(field: Readonly<Record<string, object>>): object {
  return Object.values(field).some((value) => Object.keys(value).length > 0) ? field : {}
}

/** YAML has no plain form for some numbers; long texts are readable line by line. */
function setForm(node: Scalar): void {
  if (typeof node.value === 'string') node.type = typeOf(node)
  if (typeof node.value !== 'number' || isCanonicalNumber(String(node.value))) return
  node.value = String(node.value)
  node.type = Scalar.QUOTE_DOUBLE
  node.tag = '!!float'
}

/** Blocks would lose some characters: those that YAML does not print, and spaces at line ends. */
function typeOf({ value }: Scalar): Scalar.Type {
  const text = String(value)
  const isPrintable = /^[\n\x20-\x7E\u00A0-\uD7FF\uE000-\uFFFD]*$/.test(text)
  if (!isPrintable || text.includes('\uFEFF')) return Scalar.QUOTE_DOUBLE
  if (!text.includes('\n')) return Scalar.PLAIN
  const isBlock = /^\S/.test(text) && !/[ \t](?:\n|$)/.test(text)
  return isBlock ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE
}

function sorted<T>(records: readonly T[], nameOf: (record: T) => string): T[] {
  return records.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
}
