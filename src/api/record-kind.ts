import type { z } from '@hono/zod-openapi'
import { checkClass, checkDevice } from '../inventory/check-device.ts'
import type { Checked } from '../inventory/check-record.ts'
import type { Device, DeviceClass } from '../inventory/model.ts'
import type { LiveInventory } from '../store/live-inventory.ts'
import type { Edit, Stored } from '../store/store.ts'
import { refused } from './api-problem.ts'
import { classBody, device, deviceBody, deviceClass } from './record-schemas.ts'

/** What devices and classes differ in, so that both are served by the same routes. */
export interface RecordKind {
  readonly kind: Edit['kind']
  /** `devices`, `classes`. */
  readonly plural: 'devices' | 'classes'
  /** The field that is its key. */
  readonly keyField: 'id' | 'name'
  readonly schema: z.ZodType
  readonly bodySchema: z.ZodType
  find(live: LiveInventory, key: string): Stored<Device | DeviceClass> | undefined
  all(live: LiveInventory): readonly Stored<Device | DeviceClass>[]
  /** The edit that makes a record of what was sent, or removes it. @throws {ApiProblem} */
  edit(change: RecordChange): Edit
}

/** One record before, and as somebody wants it. */
export interface RecordChange {
  readonly key: string
  readonly before: Device | DeviceClass | undefined
  /** Unchecked; undefined: it is removed. */
  readonly input: unknown
}

export const deviceKind: RecordKind = {
  kind: 'device',
  plural: 'devices',
  keyField: 'id',
  schema: device,
  bodySchema: deviceBody,
  find: (live, key) => live.device(key),
  all: (live) => live.devices(),
  edit({ key, before, input }) {
    const after = input === undefined ? undefined : checked(checkDevice(input))
    return { kind: 'device', key, before: before as Device | undefined, after }
  },
}

export const classKind: RecordKind = {
  kind: 'class',
  plural: 'classes',
  keyField: 'name',
  schema: deviceClass,
  bodySchema: classBody,
  find: (live, key) => live.classNamed(key),
  all: (live) => live.classes(),
  edit({ key, before, input }) {
    const after = input === undefined ? undefined : checked(checkClass(input))
    return { kind: 'class', key, before: before as DeviceClass | undefined, after }
  },
}

/** The kind of an edit that somebody sent. */
export function kindNamed(kind: Edit['kind']): RecordKind {
  return kind === 'device' ? deviceKind : classKind
}

function checked<T>(result: Checked<T>): T {
  if (result.record !== undefined) return result.record
  throw refused(result.problems ?? [])
}
