import type { EncryptedSecret, SecretTable } from '../store.ts'
import { openSecret, sealSecret } from './secret-box.ts'
import { SecretError } from './secret-error.ts'
import type { SecretKey } from './secret-key.ts'
import { SecretKeys, type SecretPlace } from './secret-keys.ts'

/** Of one secret, in UTF-8. */
const TEXT_BYTES_MAX = 65_536
const nameShape = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/

/** What may be known of a secret. */
export interface SecretInfo {
  readonly name: string
  /** When it was set, milliseconds since 1970. */
  readonly at: number
  /** Of the key that it is encrypted with. */
  readonly keyId: string
  /** Why it cannot be read; undefined: it can. */
  readonly problem?: string
}

/**
 * The secrets of a store, readable in memory and nowhere else.
 *
 * A secret that cannot be read is a problem of its own, told when it is asked for: the files of
 * other devices do not depend on it.
 */
export class SecretKeeper {
  readonly #table: SecretTable
  readonly #keys: SecretKeys
  #texts = new Map<string, string>()
  #infos = new Map<string, SecretInfo>()
  #fingerprint = ''
  #turn = 0

  /** Reads all secrets. @throws {StoreError} @throws {SecretError} `KEY_INVALID`. */
  static async open(table: SecretTable, place: SecretPlace): Promise<SecretKeeper> {
    const keeper = new SecretKeeper(table, new SecretKeys(place))
    await keeper.refresh()
    return keeper
  }

  private constructor(table: SecretTable, keys: SecretKeys) {
    this.#table = table
    this.#keys = keys
  }

  /** Another number whenever any secret has changed. */
  get turn(): number {
    return this.#turn
  }

  get count(): number {
    return this.#infos.size
  }

  /** In the clear; undefined when it is not there or cannot be read. */
  reveal(name: string): string | undefined {
    return this.#texts.get(name)
  }

  /** Why a secret cannot be had; undefined: it can. */
  problemOf(name: string): string | undefined {
    const info = this.#infos.get(name)
    return info === undefined ? `There is no secret "${name}"` : info.problem
  }

  /** By name. */
  list(): readonly SecretInfo[] {
    return [...this.#infos.values()]
  }

  /** Reads all secrets anew; to be called when another process may have changed one. */
  async refresh(): Promise<void> {
    const stored = await this.#table.list()
    const fingerprint = stored.map(({ name, nonce }) => `${name} ${hexOf(nonce)}`).join('\n')
    const hasProblem = [...this.#infos.values()].some(({ problem }) => problem !== undefined)
    if (fingerprint === this.#fingerprint && !hasProblem) return
    const keys = stored.length === 0 ? [] : await this.#keys.read()
    const texts = new Map<string, string>()
    const infos = new Map<string, SecretInfo>()
    for (const secret of stored) {
      const { name, at, keyId } = secret
      const opened = this.#openOne(secret, keys)
      if (typeof opened === 'string') texts.set(name, opened)
      const problem = typeof opened === 'string' ? {} : { problem: opened.message }
      infos.set(name, { name, at, keyId, ...problem })
    }
    this.#texts = texts
    this.#infos = infos
    this.#fingerprint = fingerprint
    this.#turn += 1
  }

  /** Sets a secret, encrypted with the key in use, which is made when there is none. */
  async set(name: string, text: string, at: number): Promise<void> {
    checkSecret(name, text)
    const key = await this.#keys.current()
    this.#refuseForeignKey(key)
    await this.#table.put(sealSecret({ name, text, at }, key))
    await this.refresh()
  }

  /** @returns False when there was none. */
  async remove(name: string): Promise<boolean> {
    const wasThere = await this.#table.remove(name)
    await this.refresh()
    return wasThere
  }

  /**
   * Encrypts all secrets with the next key, which is then the one in use.
   *
   * @returns What is left to do, for people. @throws {SecretError} When one cannot be read.
   */
  async rotate(): Promise<{ readonly count: number; readonly what: string }> {
    await this.refresh()
    const unreadable = this.list().find(({ problem }) => problem !== undefined)
    if (unreadable !== undefined) throw new SecretError('KEY_WRONG', unreadable.problem ?? '')
    const next = await this.#keys.next()
    const sealed = [...this.#infos.values()].map(({ name, at }) =>
      sealSecret({ name, text: this.#texts.get(name) ?? '', at }, next),
    )
    await this.#table.replaceAll(sealed)
    const what = await this.#keys.advance()
    await this.refresh()
    return { count: sealed.length, what }
  }

  #openOne(secret: EncryptedSecret, keys: readonly SecretKey[]): string | SecretError {
    const [first] = keys
    const key = keys.find(({ id }) => id === secret.keyId) ?? first
    try {
      if (key !== undefined) return openSecret(secret, key)
      const where = `no key is in ${this.#keys.origin}`
      const message = `Secret "${secret.name}" needs the key ${secret.keyId}, ${where}`
      return new SecretError('KEY_MISSING', message)
    } catch (error) {
      if (error instanceof SecretError) return error
      throw error
    }
  }

  /** Two keys in one store would be a mistake that is found out too late. */
  #refuseForeignKey(key: SecretKey): void {
    const other = this.list().find(({ keyId }) => keyId !== key.id)
    if (other === undefined) return
    const found = `${this.#keys.origin} has the key ${key.id}`
    const needed = `secret "${other.name}" needs the key ${other.keyId}`
    throw new SecretError('KEY_WRONG', `${found}, ${needed}`)
  }
}

function checkSecret(name: string, text: string): void {
  if (!nameShape.test(name)) {
    const allowed = '1 to 64 letters, digits, ".", "_", "/" and "-"'
    throw new SecretError('NOT_ALLOWED', `Found the name "${name}", allowed are ${allowed}`)
  }
  const bytes = Buffer.byteLength(text)
  if (bytes <= TEXT_BYTES_MAX && bytes > 0) return
  const allowed = `1 to ${TEXT_BYTES_MAX} are allowed`
  throw new SecretError('NOT_ALLOWED', `Found ${bytes} bytes for secret "${name}", ${allowed}`)
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
