import { nameKey, normaliseMac, normaliseUuid, serialKey } from '../inventory/identifiers.ts'
import type { Device } from '../inventory/model.ts'
import type { Schema } from './schema.ts'

/** One identifier that a device claims for itself alone. */
export type Claim = Schema['identifier']

/** What only one device may have. Addresses are not among them: a lease moves on. */
export function claimsOf(device: Device): readonly Claim[] {
  const claims = new Map<string, Claim>()
  const add = (kind: Claim['kind'], value: string): void => {
    claims.set(`${kind} ${value}`, { kind, value, device: device.id })
  }
  for (const mac of device.macs) add('mac', normaliseMac(mac) ?? mac)
  if (device.serial !== undefined) add('serial', serialKey(device.serial))
  if (device.uuid !== undefined) add('uuid', normaliseUuid(device.uuid) ?? device.uuid)
  if (device.name !== undefined) add('name', nameKey(device.name))
  return [...claims.values()]
}

/** For messages. */
export const claimLabels: Readonly<Record<Claim['kind'], string>> = {
  mac: 'MAC',
  serial: 'serial number',
  uuid: 'UUID',
  name: 'name',
}
