import type { Identity } from '../identity/open-identity.ts'
import { type Identification, resolveIdentity } from '../identity/resolve-identity.ts'
import type { Evidence } from '../inventory/identify.ts'
import type { Device } from '../inventory/model.ts'
import type { CertificateSubject } from '../routing/answer.ts'
import type { Route } from '../routing/route.ts'
import type { KnownDevice } from '../routing/source.ts'
import type { InventoryView } from '../store/inventory-view.ts'
import { maskedSecrets, type SecretAccess, type SecretAsk } from './secret-access.ts'
import { secretNames } from './secret-values.ts'

/** Where it is looked up who asks. */
export interface AskerParts {
  /** Undefined: nobody is known. */
  readonly live: InventoryView | undefined
  /** Undefined: nobody gets any. */
  readonly secrets?: SecretAccess | undefined
  /** Undefined: only the name that is asked tells who asks. */
  readonly identity?: Identity | undefined
}

/** What a request tells of who asks. */
export interface AskerRequest {
  readonly params: Readonly<Record<string, string>>
  readonly clientAddress: string
  /** Empty for TFTP. */
  readonly headers: Headers
  /** Undefined when none was shown. */
  readonly certificate?: CertificateSubject | undefined
  readonly route: Pick<Route, 'mayHaveSecrets'>
}

/** Who asks, as far as the request and what is known of its address tell. Looked up when needed. */
export class Asker {
  readonly #inventory: InventoryView | undefined
  readonly #secrets: SecretAccess
  readonly #request: AskerRequest
  readonly #identity: Identity | undefined
  /** What the name says; empty when it says nothing of a device. */
  readonly evidence: Evidence
  #record: Device | undefined
  #known: KnownDevice | undefined
  #identified: Identification | undefined
  #stamp: number | undefined
  /** Undefined while the device has no secrets. */
  #secretTurn: number | undefined
  #isLookedUp = false
  #isUsed = false

  constructor({ live, secrets, identity }: AskerParts, request: AskerRequest) {
    this.#inventory = live
    this.#secrets = secrets ?? maskedSecrets
    this.#request = request
    this.#identity = identity
    this.evidence = evidenceOf(request.params)
  }

  /** The record; undefined when there is none, when it is disabled, or cannot be told. */
  get record(): Device | undefined {
    this.#lookUp()
    return this.#record
  }

  /** As a source sees it: from now on what is made depends on it. */
  get device(): KnownDevice | undefined {
    this.#lookUp()
    this.#isUsed = true
    if (this.#known === undefined) this.#view()
    return this.#known
  }

  /** Who says so, and what speaks against it; undefined where only the name was asked. */
  get identification(): Identification | undefined {
    this.#lookUp()
    return this.#identified
  }

  /**
   * What keeps the files of one who asks apart from others', whatever the route shares: secrets,
   * and a device that the name does not tell. Empty for most.
   */
  get ownKey(): string {
    const id = this.record?.id
    const isNamed = this.#identified === undefined || this.#identified.by === 'path'
    return `${this.#secretKey}${isNamed || id === undefined ? '' : ` device ${id}`}`
  }

  /**
   * What a file made with secrets must not be shared with; empty where the device has none or gets
   * none.
   */
  get #secretKey(): string {
    const { record } = this
    if (record === undefined) return ''
    if (!this.#hasSecrets(record)) return ''
    const resolved = this.#inventory?.resolve(record)
    if (resolved === undefined || resolved.problem !== undefined) return ''
    return this.#secrets.isOpenFor(this.#secretAsk(record, resolved.values)) ? 'with secrets' : ''
  }

  /** True when the device is of a class, or of one that inherits it. */
  isOfClass(name: string): boolean {
    return this.record !== undefined && (this.#inventory?.isOfClass(this.record, name) ?? false)
  }

  /** True when a route is for this device, or for whoever asks. */
  isAddressed({ audience }: Pick<Route, 'audience'>): boolean {
    if (audience === undefined) return true
    return audience.class === undefined ? this.record !== undefined : this.isOfClass(audience.class)
  }

  /** True while nothing has changed of what a source has seen of the device. */
  isCurrent(): boolean {
    if (!this.#isUsed || this.#inventory === undefined) return true
    const now = this.#find()
    if (this.#secretTurn !== undefined && this.#secretTurn !== this.#secrets.turn) return false
    return now?.id === this.#record?.id && this.#stampOf(now) === this.#stamp
  }

  #lookUp(): void {
    if (this.#isLookedUp) return
    this.#isLookedUp = true
    this.#record = this.#find()
    this.#stamp = this.#stampOf(this.#record)
  }

  /** Made when it is first looked at: a file that is kept needs none. */
  #view(): void {
    // The record and what it inherits are of one state, the one of now.
    if (this.#stampOf(this.#record) !== this.#stamp) {
      this.#isLookedUp = false
      this.#lookUp()
    }
    this.#known = this.#record && this.#viewOf(this.#record)
  }

  #hasSecrets(device: Device): boolean {
    const inventory = this.#inventory
    return inventory !== undefined && secretive(inventory, device, this.#stamp)
  }

  #find(): Device | undefined {
    if (this.#inventory === undefined || this.#inventory.deviceCount === 0) return undefined
    const device = this.#asked(this.#inventory)
    return device?.state === 'active' ? device : undefined
  }

  #asked(inventory: InventoryView): Device | undefined {
    if (this.#identity === undefined) return inventory.find(this.evidence)?.device
    const { clientAddress, headers, params, certificate: subject } = this.#request
    const findings = this.#identity.find({ clientAddress, headers, params, subject })
    this.#identified = resolveIdentity(findings, inventory)
    return this.#identified.device
  }

  #stampOf(device: Device | undefined): number | undefined {
    return device && this.#inventory?.stampOf(device.id)
  }

  /** Undefined where its classes contradict each other: such a change is never saved. */
  #viewOf(device: Device): KnownDevice | undefined {
    const resolved = this.#inventory?.resolve(device)
    if (resolved === undefined || resolved.problem !== undefined) return undefined
    const { state: _state, values: _own, classes: _listed, ...identity } = device
    if (this.#hasSecrets(device)) this.#secretTurn = this.#secrets.turn
    const given = this.#secrets.answer(this.#secretAsk(device, resolved.values))
    return { ...identity, classes: resolved.layers.slice(0, -1), ...given }
  }

  #secretAsk(device: Device, values: KnownDevice['values']): SecretAsk {
    const { clientAddress, route } = this.#request
    const isAddressAllowed = route.mayHaveSecrets?.(clientAddress) ?? false
    const isCertified = this.#identified?.witnesses.includes('certificate') ?? false
    return { device, values, clientAddress, isAddressAllowed, isCertified }
  }
}

/** Whether the values of a device hold secrets, as of a stamp. */
interface Secretive {
  readonly stamp: number | undefined
  readonly hasSecrets: boolean
}

const known = new WeakMap<InventoryView, WeakMap<Device, Secretive>>()

/** To merge and to search all values for each request would cost more than all else about it. */
function secretive(inventory: InventoryView, device: Device, stamp: number | undefined): boolean {
  let devices = known.get(inventory)
  if (devices === undefined) {
    devices = new WeakMap()
    known.set(inventory, devices)
  }
  const before = devices.get(device)
  if (before !== undefined && before.stamp === stamp) return before.hasSecrets
  const resolved = inventory.resolve(device)
  const hasSecrets = resolved.problem === undefined && secretNames(resolved.values).length > 0
  devices.set(device, { stamp, hasSecrets })
  return hasSecrets
}

/** The parameters of a name that can tell a device. */
function evidenceOf(params: Readonly<Record<string, string>>): Evidence {
  const { mac, serial, uuid, name, ip, ipHex } = params
  const address = ip ?? ipHex
  return {
    ...(mac === undefined ? {} : { mac }),
    ...(serial === undefined ? {} : { serial }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(name === undefined ? {} : { name }),
    ...(address === undefined ? {} : { ip: address }),
  }
}
