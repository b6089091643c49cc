import { Refusal } from '../base/refusal.ts'
import type { Log } from '../observe/log.ts'
import type { LiveInventory } from '../store/live-inventory.ts'
import { SecretKeeper } from '../store/secrets/secret-keeper.ts'
import type { SecretPlace } from '../store/secrets/secret-keys.ts'
import type { Store } from '../store/store.ts'
import type { SecretAccess, SecretAnswer, SecretAsk } from './secret-access.ts'
import { type SecretSubstitute, secretNames, substituteSecrets } from './secret-values.ts'

/**
 * The secrets of a site's inventory for devices that prove more than a name: an address that the
 * route allows, an enrolment that has not ended or, where the site says so, a client certificate.
 * Whoever types the name of a device in a request is that device otherwise.
 */
export class StoredSecrets implements SecretAccess {
  readonly #keeper: SecretKeeper
  readonly #store: Store
  readonly #unfollow: () => void
  readonly #trustsCertificates: boolean
  #enrolledUntil: ReadonlyMap<string, number> = new Map()
  #enrolmentTurn = 0

  /** @throws {StoreError} @throws {SecretError} */
  static async open(parts: {
    readonly store: Store
    readonly live: LiveInventory
    readonly place: SecretPlace
    readonly log: Log
    /** `secrets.certificates`. Default false. */
    readonly trustsCertificates?: boolean
  }): Promise<StoredSecrets> {
    const { store, live, place, log, trustsCertificates = false } = parts
    const keeper = await SecretKeeper.open(store.secrets, place)
    for (const { problem } of keeper.list()) if (problem !== undefined) log.warn(problem)
    const secrets = new StoredSecrets({ keeper, store, trustsCertificates }, (refresh) =>
      live.onChange(() => {
        refresh().catch((error: unknown) => log.warn(`secrets are not read anew: ${String(error)}`))
      }),
    )
    await secrets.#readEnrolments()
    return secrets
  }

  private constructor(
    { keeper, store, trustsCertificates }: KeptSecrets,
    follow: (refresh: () => Promise<void>) => () => void,
  ) {
    this.#keeper = keeper
    this.#store = store
    this.#trustsCertificates = trustsCertificates
    this.#unfollow = follow(() => this.#refresh())
  }

  get turn(): number {
    return this.#keeper.turn + this.#enrolmentTurn
  }

  get keeper(): SecretKeeper {
    return this.#keeper
  }

  isOpenFor({ device, isAddressAllowed, isCertified }: SecretAsk): boolean {
    if (isAddressAllowed || (isCertified && this.#trustsCertificates)) return true
    return (this.#enrolledUntil.get(device.id) ?? 0) > Date.now()
  }

  answer(ask: SecretAsk): SecretAnswer {
    const names = secretNames(ask.values)
    if (names.length === 0) return { values: ask.values }
    const isOpen = this.isOpenFor(ask)
    const closed = isOpen ? undefined : withheldFrom(ask, names)
    const problems = names.flatMap((name) => this.#keeper.problemOf(name) ?? [])
    const withheld = closed ?? (problems.length > 0 ? problems.join('; ') : undefined)
    const values = substituteSecrets(ask.values, this.#substitute(closed))
    return { values, ...(withheld === undefined ? {} : { withheld }) }
  }

  [Symbol.dispose](): void {
    this.#unfollow()
  }

  #substitute(closed: string | undefined): SecretSubstitute {
    const wireMessage = 'The secrets of this device are withheld'
    return (name) => {
      if (closed !== undefined) return new Refusal('ACCESS_DENIED', closed, { wireMessage })
      const text = this.#keeper.reveal(name)
      if (text !== undefined) return text
      const problem = this.#keeper.problemOf(name) ?? `Secret "${name}" cannot be read`
      return new Refusal('GENERATOR_FAILED', problem, { wireMessage: 'The file could not be made' })
    }
  }

  async #refresh(): Promise<void> {
    await Promise.all([this.#keeper.refresh(), this.#readEnrolments()])
  }

  async #readEnrolments(): Promise<void> {
    const listed = await this.#store.enrolments.list()
    this.#enrolledUntil = new Map(listed.map(({ device, until }) => [device, until]))
    this.#enrolmentTurn += 1
  }
}

interface KeptSecrets {
  readonly keeper: SecretKeeper
  readonly store: Store
  readonly trustsCertificates: boolean
}

function withheldFrom({ device, clientAddress }: SecretAsk, names: readonly string[]): string {
  const what = names.map((name) => `"${name}"`).join(', ')
  const why = `${clientAddress} is in no network of \`secretsFrom\``
  const help = `allow it, or run: trivet device enroll ${device.id} --for 1h`
  return `The secrets ${what} of "${device.id}" are withheld: ${why}; ${help}`
}
