import {
  type Checked,
  classNameRule,
  nameRule,
  RecordFields,
  type TextRule,
} from './check-record.ts'
import { normaliseAddress, normaliseMac, normaliseUuid } from './identifiers.ts'
import { inventoryLimits } from './limits.ts'
import { type Device, type DeviceClass, type DeviceState, deviceStates } from './model.ts'

const { deviceNameCharactersMax, serialCharactersMax } = inventoryLimits

const rules = {
  name: {
    code: 'NAME_WRONG',
    allowed:
      `1 to ${deviceNameCharactersMax} letters, digits, ".", "_" and "-", ` +
      'the first a letter or digit',
    normalise: (text) => (/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(text) ? text : undefined),
  },
  mac: {
    code: 'IDENTIFIER_WRONG',
    allowed: 'a MAC such as "00:11:22:aa:bb:cc"',
    normalise: normaliseMac,
  },
  serial: {
    code: 'IDENTIFIER_WRONG',
    allowed: `a serial number of 1 to ${serialCharactersMax} printable ASCII characters, no space`,
    normalise: (text) => (/^[!-~]{1,64}$/.test(text) ? text : undefined),
  },
  uuid: {
    code: 'IDENTIFIER_WRONG',
    allowed: 'a UUID of 32 hex digits, with dashes or without',
    normalise: normaliseUuid,
  },
  address: {
    code: 'IDENTIFIER_WRONG',
    allowed: 'an IPv4 or IPv6 address',
    normalise: normaliseAddress,
  },
  state: {
    code: 'FIELD_WRONG',
    allowed: deviceStates.map((state) => `"${state}"`).join(' or '),
    normalise: (text) => deviceStates.find((state) => state === text),
  },
} as const satisfies Record<string, TextRule>

const deviceFields = [
  'id',
  'name',
  'macs',
  'serial',
  'uuid',
  'addresses',
  'classes',
  'values',
  'state',
] as const satisfies readonly (keyof Device)[]

const classFields = ['name', 'parents', 'values'] as const satisfies readonly (keyof DeviceClass)[]

/**
 * Makes a device of what somebody sent, with every identifier in its one spelling.
 *
 * Only `id` is needed. Never throws; whether its classes exist and can be ordered is asked of the
 * `Resolver`, whether another device has the same identifier of the `DeviceIndex`.
 */
export function checkDevice(input: unknown): Checked<Device> {
  const fields = new RecordFields(input, 'device', deviceFields)
  const { addressesMax, classesMax, macsMax } = inventoryLimits
  const name = fields.optional('name', rules.name)
  const serial = fields.optional('serial', rules.serial)
  const uuid = fields.optional('uuid', rules.uuid)
  return fields.checked({
    id: fields.required('id', nameRule),
    ...(name === undefined ? {} : { name }),
    macs: fields.list('macs', { rule: rules.mac, countMax: macsMax }),
    ...(serial === undefined ? {} : { serial }),
    ...(uuid === undefined ? {} : { uuid }),
    addresses: fields.list('addresses', { rule: rules.address, countMax: addressesMax }),
    classes: fields.list('classes', { rule: classNameRule, countMax: classesMax }),
    values: fields.values('values'),
    state: (fields.optional('state', rules.state) ?? 'active') as DeviceState,
  })
}

/** Makes a class of what somebody sent; only `name` is needed. Never throws. */
export function checkClass(input: unknown): Checked<DeviceClass> {
  const fields = new RecordFields(input, 'class', classFields)
  return fields.checked({
    name: fields.required('name', classNameRule),
    parents: fields.list('parents', { rule: classNameRule, countMax: inventoryLimits.parentsMax }),
    values: fields.values('values'),
  })
}
