import { createHash } from 'node:crypto'
import { checkDevice } from '../../inventory/check-device.ts'
import type { Device } from '../../inventory/model.ts'
import { silentLog } from '../../observe/log.ts'
import { Explainer } from '../../server/explainer.ts'
import { StoredSecrets } from '../../server/stored-secrets.ts'
import { assign } from '../inventory/assignment.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import {
  change,
  type InventoryCliOptions,
  type InventorySession,
  missing,
  print,
  withInventory,
} from '../inventory/session.ts'
import { table } from '../table.ts'

/** What a device is made of, as flags. */
export interface DeviceOptions extends InventoryCliOptions {
  readonly name?: string
  readonly mac?: readonly string[]
  readonly serial?: string
  readonly uuid?: string
  readonly address?: readonly string[]
  readonly class?: readonly string[]
  /** Of `files`: compare with what it would get now. */
  readonly now?: boolean
  readonly disable?: boolean
  readonly enable?: boolean
}

export function listDevices(options: DeviceOptions): Promise<number> {
  return withInventory(options, async ({ inventory }) => {
    const [wanted] = options.class ?? []
    const devices = inventory
      .devices()
      .map(({ record }) => record)
      .filter((device) => wanted === undefined || inventory.isOfClass(device, wanted))
    const rows = devices.map((device) => [
      device.id,
      device.name ?? '',
      device.macs.join(' '),
      device.serial ?? '',
      device.classes.join(', '),
      device.state,
    ])
    const text = table([['id', 'name', 'MACs', 'serial', 'classes', 'state'], ...rows]).trimEnd()
    return print(options, devices, devices.length === 0 ? 'No devices' : text)
  })
}

export function showDevice(id: string, options: DeviceOptions): Promise<number> {
  return withInventory(options, async ({ inventory }) => {
    const stored = inventory.device(id) ?? missing('device', id)
    const resolved = inventory.resolve(stored.record)
    const shown = { ...stored.record, revision: stored.revision, resolved }
    return print(options, shown, JSON.stringify(shown, null, 2))
  })
}

export function addDevice(
  id: string,
  assignments: readonly string[],
  options: DeviceOptions,
): Promise<number> {
  return withInventory(options, async (opened) => {
    if (opened.inventory.device(id) !== undefined) {
      throw new CommandError(`There is a device "${id}" already`, ExitStatus.refused)
    }
    const after = checked({ id, ...fieldsOf(options), values: assign({}, assignments) })
    return await change(opened, [{ kind: 'device', key: id, before: undefined, after }], options)
  })
}

export function setDevice(
  id: string,
  assignments: readonly string[],
  options: DeviceOptions,
): Promise<number> {
  return withInventory(options, async (opened) => {
    const before = opened.inventory.device(id)?.record ?? missing('device', id)
    const values = assign(before.values, assignments)
    const after = checked({ ...before, ...fieldsOf(options), values })
    return await change(opened, [{ kind: 'device', key: id, before, after }], options)
  })
}

export function removeDevice(id: string, options: DeviceOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    const before = opened.inventory.device(id)?.record ?? missing('device', id)
    return await change(opened, [{ kind: 'device', key: id, before, after: undefined }], options)
  })
}

/** Makes a device of one that asked and was not known. */
export function adoptDevice(key: string, id: string, options: DeviceOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    const entries = await opened.store.inbox.list({ limit: 10_000 })
    const entry = entries.find((one) => one.key === key) ?? missing('inbox entry', key)
    const { mac, ...others } = evidenceOf(entry.key)
    const found = mac === undefined ? others : { macs: [mac] }
    const after = checked({ id, ...found, ...fieldsOf(options) })
    const edit = { kind: 'device', key: id, before: undefined, after } as const
    const status = await change(opened, [edit], options)
    if (status === ExitStatus.done) await opened.store.inbox.remove(key)
    return status
  })
}

/** What a device asked for, what it last had, and, if asked, whether it would get the same now. */
export function listFiles(id: string, options: DeviceOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    if (opened.inventory.device(id) === undefined) missing('device', id)
    const files = await opened.store.deliveries.list({ device: id, limit: 1000 })
    const states = options.now ? await statesNow(files, opened) : files.map(() => '')
    const rows = files.map(({ path, askedAt, delivered }, index) => [
      path,
      new Date(askedAt).toISOString(),
      delivered === undefined ? 'never' : new Date(delivered.at).toISOString(),
      delivered?.front ?? '',
      delivered?.address ?? '',
      String(delivered?.bytes ?? ''),
      delivered?.hash ?? '',
      states[index] ?? '',
    ])
    const head = ['path', 'asked', 'delivered', 'by', 'to', 'bytes', 'hash', 'now']
    const text = table([head, ...rows]).trimEnd()
    const listed = files.map((file, index) => ({
      ...file,
      ...(options.now ? { now: states[index] } : {}),
    }))
    return print(options, listed, files.length === 0 ? `${id} has asked for nothing yet` : text)
  })
}

/** Makes each file as it would be now: `current`, `stale`, or why it cannot be told. */
async function statesNow(
  files: readonly Listed[],
  { site, inventory, store, secretPlace: place }: InventorySession,
): Promise<string[]> {
  // Only the hash of a file is compared: with its secrets, as it was delivered.
  using secrets = await StoredSecrets.open({ store, live: inventory, place, log: silentLog() })
  const explainer = await Explainer.open(site, { inventory, secrets })
  return await Promise.all(
    files.map(async ({ path, delivered }) => {
      if (delivered === undefined) return 'never had'
      const clientAddress = delivered.address
      const request = { name: path, front: delivered.front, method: 'GET', clientAddress } as const
      const { refusal, body } = await explainer.render(request)
      if (refusal !== undefined) return `${refusal.code}: ${refusal.message}`
      return (await hashOf(body)) === delivered.hash ? 'current' : 'stale'
    }),
  )
}

type Listed = Awaited<ReturnType<InventorySession['store']['deliveries']['list']>>[number]

async function hashOf(body: { read(): Promise<Uint8Array | undefined> }): Promise<string> {
  const hash = createHash('sha256')
  for (let chunk = await body.read(); chunk; chunk = await body.read()) hash.update(chunk)
  return hash.digest('base64url').slice(0, 22)
}

export function listInbox(options: InventoryCliOptions): Promise<number> {
  return withInventory(options, async ({ store, inventory }) => {
    const all = await store.inbox.list({ limit: 1000 })
    // Who was added since is known now.
    const entries = all.filter(({ key }) => inventory.find(evidenceOf(key)) === undefined)
    const rows = entries.map(({ key, address, path, count, at, guess }) => [
      key,
      address,
      path,
      String(count),
      new Date(at).toISOString(),
      [guess['kind'], guess['vendor']].filter((part) => part !== undefined).join(', '),
    ])
    const head = ['device', 'address', 'asked for', 'times', 'last', 'perhaps']
    const text = table([head, ...rows]).trimEnd()
    return print(options, entries, entries.length === 0 ? 'Nobody unknown has asked' : text)
  })
}

/** What an entry of the inbox is told apart by: `mac 00:11:22:33:44:55`. */
function evidenceOf(key: string): { mac?: string; serial?: string; uuid?: string } {
  const [kind = '', value = ''] = key.split(/ (.*)/s)
  return { [kind]: value }
}

function fieldsOf(options: DeviceOptions): Partial<Record<keyof Device, unknown>> {
  const { name, mac, serial, uuid, address, class: classes, disable, enable } = options
  return {
    ...(name === undefined ? {} : { name }),
    ...(mac === undefined ? {} : { macs: mac }),
    ...(serial === undefined ? {} : { serial }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(address === undefined ? {} : { addresses: address }),
    ...(classes === undefined ? {} : { classes }),
    ...(disable ? { state: 'disabled' } : {}),
    ...(enable ? { state: 'active' } : {}),
  }
}

function checked(input: unknown): Device {
  const { record, problems } = checkDevice(input)
  if (record !== undefined) return record
  throw new CommandError(problems.map(({ message }) => message).join('\n'), ExitStatus.refused)
}
