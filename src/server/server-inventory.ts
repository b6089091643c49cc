import type { Identity, IdentityOptions } from '../identity/open-identity.ts'
import type { Evidence } from '../inventory/identify.ts'
import type { Log } from '../observe/log.ts'
import type { Ask } from '../routing/answer.ts'
import type { LiveInventory } from '../store/live-inventory.ts'
import type { DeliveryRecorder } from './delivery-recorder.ts'
import type { InboxWriter } from './inbox-writer.ts'
import {
  existingInventory,
  type InventoryPlace,
  type OpenInventory,
  secretPlace,
} from './open-inventory.ts'
import type { StoredSecrets } from './stored-secrets.ts'

/** How often it is looked whether somebody has made an inventory meanwhile, in ms. */
const LOOK_MS = 500

interface Opened {
  readonly place: OpenInventory
  readonly secrets: StoredSecrets
  readonly identity: Identity
  readonly deliveries: DeliveryRecorder
  readonly inbox: InboxWriter
}

/** Who is believed, and with what. */
export interface InventoryTrust {
  readonly identity: IdentityOptions
  /** `secrets.certificates` */
  readonly trustsCertificates: boolean
}

/** What the administration needs of it. */
interface AdministeredInventory {
  readonly store: OpenInventory['store']
  readonly live: LiveInventory
  readonly secrets: StoredSecrets['keeper']
}

/**
 * The inventory of a server, if there is one.
 *
 * A site without devices does without it, and without the memory that a database takes: it is
 * opened when somebody makes one, or when a device asks that would enter the inbox. Where nobody
 * has said that there is to be an inventory, a folder that cannot be written is no failure.
 */
export class ServerInventory implements AsyncDisposable {
  readonly #place: InventoryPlace
  readonly #trust: InventoryTrust
  readonly #log: Log
  #opened: Opened | undefined
  #opening: Promise<void> | undefined
  #looking: NodeJS.Timeout | undefined
  #hasFailed = false

  /** @throws {StoreError} When a state folder or a store was named and cannot be had. */
  static async open(
    place: InventoryPlace,
    trust: InventoryTrust,
    log: Log,
  ): Promise<ServerInventory> {
    const inventory = new ServerInventory(place, trust, log)
    const isNamed = place.state !== undefined || place.store !== undefined
    if (isNamed) await inventory.#open({ mayMake: true })
    else await inventory.#tryOpen({ mayMake: false })
    if (inventory.#opened === undefined) {
      const look = (): void => void inventory.#tryOpen({ mayMake: false })
      inventory.#looking = setInterval(look, LOOK_MS).unref()
    }
    return inventory
  }

  private constructor(place: InventoryPlace, trust: InventoryTrust, log: Log) {
    this.#place = place
    this.#trust = trust
    this.#log = log
  }

  /** Undefined while nobody is known. */
  get live(): LiveInventory | undefined {
    return this.#opened?.place.inventory
  }

  get identity(): Identity | undefined {
    return this.#opened?.identity
  }

  get secrets(): StoredSecrets | undefined {
    return this.#opened?.secrets
  }

  get deliveries(): DeliveryRecorder | undefined {
    return this.#opened?.deliveries
  }

  /** What is open; where nothing is, it is looked whether there is one by now. Never rejects. */
  async existing(): Promise<AdministeredInventory | undefined> {
    if (this.#opened === undefined) await this.#tryOpen({ mayMake: false })
    return this.#administered
  }

  /** The same, made when there is none. @throws {StoreError} @throws {SecretError} */
  async made(): Promise<AdministeredInventory> {
    while (this.#opened === undefined && this.#opening !== undefined) await this.#opening
    if (this.#opened === undefined) {
      const opening = this.#open({ mayMake: true })
      this.#opening = opening
        .catch(() => {})
        .finally(() => {
          this.#opening = undefined
        })
      await opening
    }
    const made = this.#administered
    if (made === undefined) throw new TypeError('An inventory that was made is not there')
    return made
  }

  get #administered(): AdministeredInventory | undefined {
    if (this.#opened === undefined) return undefined
    const { place, secrets } = this.#opened
    return { store: place.store, live: place.inventory, secrets: secrets.keeper }
  }

  /** Takes note of a request whose name tells a device that is not known. */
  onUnknown(ask: Ask, evidence: Evidence): void {
    if (this.#opened !== undefined) return this.#opened.inbox.note(ask, evidence)
    void this.#tryOpen({ mayMake: true }).then(() => this.#opened?.inbox.note(ask, evidence))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#looking)
    this.#hasFailed = true
    await this.#opening
    this.#opened?.secrets[Symbol.dispose]()
    await this.#opened?.identity.close()
    await this.#opened?.deliveries[Symbol.asyncDispose]()
    await this.#opened?.place[Symbol.asyncDispose]()
  }

  /** Never rejects: what cannot be had is said once. */
  #tryOpen(how: { readonly mayMake: boolean }): Promise<void> {
    if (this.#hasFailed) return Promise.resolve()
    this.#opening ??= this.#open(how)
      .catch((error: unknown) => {
        this.#hasFailed = true
        const reason = error instanceof Error ? error.message : String(error)
        const hint = '--state names another folder'
        this.#log.warn(`no inventory, every device is unknown: ${reason}; ${hint}`)
      })
      .finally(() => {
        this.#opening = undefined
      })
    return this.#opening
  }

  async #open({ mayMake }: { readonly mayMake: boolean }): Promise<void> {
    const place = await existingInventory(this.#place, mayMake)
    if (place === undefined) return
    clearInterval(this.#looking)
    // Loaded with it, as the store is.
    const [{ StoredSecrets }, { openIdentity }, { DeliveryRecorder }, { InboxWriter }] =
      await Promise.all([
        import('./stored-secrets.ts'),
        import('../identity/open-identity.ts'),
        import('./delivery-recorder.ts'),
        import('./inbox-writer.ts'),
      ])
    const { store, inventory: live } = place
    const { deliveries, inbox } = store
    const keys = secretPlace(this.#place)
    const { trustsCertificates } = this.#trust
    const parts = { store, live, place: keys, log: this.#log, trustsCertificates }
    const secrets = await StoredSecrets.open(parts)
    const identity = await openIdentity(this.#trust.identity, this.#log)
    this.#opened = {
      place,
      identity,
      secrets,
      deliveries: new DeliveryRecorder(deliveries, this.#log),
      inbox: new InboxWriter(inbox, this.#log),
    }
  }
}
