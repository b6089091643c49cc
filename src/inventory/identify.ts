import { nameKey, normaliseAddress, normaliseMac, normaliseUuid, serialKey } from './identifiers.ts'
import type { Device } from './model.ts'

/** What a device is found by, the strongest first: a lease moves on, a board keeps its MAC. */
export const identifierKinds = ['mac', 'serial', 'uuid', 'name', 'ip'] as const

export type IdentifierKind = (typeof identifierKinds)[number]

/** What is known of who asks, in any spelling. */
export type Evidence = { readonly [Kind in IdentifierKind]?: string }

/** One identifier. */
export interface Identifier {
  readonly kind: IdentifierKind
  /** In its one spelling. */
  readonly value: string
}

/** One identifier that several devices claim. */
export interface Conflict extends Identifier {
  /** Ids of all that claim it, sorted. */
  readonly deviceIds: readonly string[]
}

/** Who it is. */
export interface Found {
  readonly device: Device
  /** The strongest identifier that says so. */
  readonly by: IdentifierKind
  /** Weaker identifiers that speak for other devices. Empty when all agree. */
  readonly against: readonly Conflict[]
  readonly conflict?: undefined
}

/** The strongest identifier that anybody has is claimed by several: it could be any of them. */
export interface Ambiguous {
  readonly device?: undefined
  readonly conflict: Conflict
}

/** The key under which each kind is found; undefined when the text is none. */
const keyFor: Readonly<Record<IdentifierKind, (text: string) => string | undefined>> = {
  mac: normaliseMac,
  serial: serialKey,
  uuid: normaliseUuid,
  name: nameKey,
  ip: normaliseAddress,
}

/** All devices, found by what a request tells of its sender. Disabled devices are found too. */
export class DeviceIndex {
  readonly #devices = new Map<string, Device>()
  /** Ids by kind and key. */
  readonly #ids: Readonly<Record<IdentifierKind, Map<string, Set<string>>>> = {
    mac: new Map(),
    serial: new Map(),
    uuid: new Map(),
    name: new Map(),
    ip: new Map(),
  }
  /** `mac 00:11:22:aa:bb:cc` of every identifier with several devices. */
  readonly #contested = new Map<string, Identifier>()

  constructor(devices: Iterable<Device> = []) {
    for (const device of devices) this.set(device)
  }

  get count(): number {
    return this.#devices.size
  }

  withId(id: string): Device | undefined {
    return this.#devices.get(id)
  }

  /** Adds a device or replaces the one with that id; conflicts are noted, not refused. */
  set(device: Device): void {
    this.delete(device.id)
    this.#devices.set(device.id, device)
    for (const identifier of identifiersOf(device)) {
      const ids = this.#idsOf(identifier)
      if (ids) ids.add(device.id)
      else this.#ids[identifier.kind].set(identifier.value, new Set([device.id]))
      this.#noteContest(identifier)
    }
  }

  /** Nothing happens when there is none. */
  delete(id: string): void {
    const device = this.#devices.get(id)
    this.#devices.delete(id)
    for (const identifier of device ? identifiersOf(device) : []) {
      const ids = this.#idsOf(identifier)
      ids?.delete(id)
      if (ids?.size === 0) this.#ids[identifier.kind].delete(identifier.value)
      this.#noteContest(identifier)
    }
  }

  /**
   * Finds who asks: the strongest identifier that belongs to anybody decides, and never by guessing
   * between several. What is no MAC, UUID or address belongs to nobody. Undefined when nobody fits.
   */
  find(evidence: Evidence): Found | Ambiguous | undefined {
    const claims = this.#claimsOf(evidence)
    const [first, ...others] = claims
    if (first === undefined) return undefined
    const [id = '', second] = first.deviceIds
    const device = this.#devices.get(id)
    if (second !== undefined || device === undefined) return { conflict: first }
    const against = others.filter(({ deviceIds }) => !deviceIds.includes(id))
    return { device, by: first.kind, against }
  }

  /** Every identifier that several devices claim, by kind and then by value. */
  conflicts(): readonly Conflict[] {
    const order = (kind: IdentifierKind): number => identifierKinds.indexOf(kind)
    return [...this.#contested.values()]
      .sort((a, b) => order(a.kind) - order(b.kind) || (a.value < b.value ? -1 : 1))
      .map((identifier) => this.#conflictOf(identifier))
  }

  /** What a device would share with others if it were saved as it is. */
  conflictsWith(device: Device): readonly Conflict[] {
    return identifiersOf(device).flatMap((identifier) => {
      const others = [...(this.#idsOf(identifier) ?? [])].filter((id) => id !== device.id)
      return others.length === 0
        ? []
        : [{ ...identifier, deviceIds: [device.id, ...others].sort() }]
    })
  }

  #claimsOf(evidence: Evidence): Conflict[] {
    const claims: Conflict[] = []
    for (const kind of identifierKinds) {
      const text = evidence[kind]
      const value = text === undefined ? undefined : keyFor[kind](text)
      if (value === undefined || !this.#ids[kind].has(value)) continue
      claims.push(this.#conflictOf({ kind, value }))
    }
    return claims
  }

  #conflictOf(identifier: Identifier): Conflict {
    return { ...identifier, deviceIds: [...(this.#idsOf(identifier) ?? [])].sort() }
  }

  #idsOf({ kind, value }: Identifier): Set<string> | undefined {
    return this.#ids[kind].get(value)
  }

  #noteContest(identifier: Identifier): void {
    const key = `${identifier.kind} ${identifier.value}`
    if ((this.#idsOf(identifier)?.size ?? 0) > 1) this.#contested.set(key, identifier)
    else this.#contested.delete(key)
  }
}

function identifiersOf(device: Device): Identifier[] {
  const texts: Readonly<Record<IdentifierKind, readonly string[]>> = {
    mac: device.macs,
    serial: device.serial === undefined ? [] : [device.serial],
    uuid: device.uuid === undefined ? [] : [device.uuid],
    name: device.name === undefined ? [] : [device.name],
    ip: device.addresses,
  }
  return identifierKinds.flatMap((kind) =>
    texts[kind].flatMap((text) => {
      const value = keyFor[kind](text)
      return value === undefined ? [] : [{ kind, value }]
    }),
  )
}
