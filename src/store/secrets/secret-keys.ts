import { join } from 'node:path'
import { SecretError } from './secret-error.ts'
import {
  newSecretKey,
  parseSecretKey,
  readSecretKey,
  replaceSecretKey,
  type SecretKey,
  writeSecretKey,
} from './secret-key.ts'

const KEY_VARIABLE = 'TRIVET_SECRET_KEY'
/** While keys are changed: the one that comes. */
const NEXT_VARIABLE = 'TRIVET_SECRET_KEY_NEXT'

/** Where the key of a site is. */
export interface SecretPlace {
  /** Where `secret.key` is, unless another file is named. */
  readonly stateFolder: string
  /** Absolute path; undefined: `secret.key` in the folder of the state. */
  readonly keyFile?: string | undefined
  /** `TRIVET_SECRET_KEY` of it wins over any file. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The keys of a site: the one in use, and the next one while they are changed. */
export class SecretKeys {
  readonly #place: SecretPlace

  constructor(place: SecretPlace) {
    this.#place = place
  }

  /** Where a key is looked for, for people. */
  get origin(): string {
    return this.#isFromEnvironment ? `the variable ${KEY_VARIABLE}` : this.#file
  }

  /** The key in use, and the next one, as far as they are there. @throws {SecretError} */
  async read(): Promise<readonly SecretKey[]> {
    const keys = this.#isFromEnvironment
      ? [this.#fromVariable(KEY_VARIABLE), this.#fromVariable(NEXT_VARIABLE)]
      : [await readSecretKey(this.#file), await readSecretKey(this.#nextFile)]
    return keys.filter((key) => key !== undefined)
  }

  /** The key that new secrets are encrypted with, made when there is none. @throws {SecretError} */
  async current(): Promise<SecretKey> {
    const [key] = await this.read()
    if (key !== undefined) return key
    const made = newSecretKey()
    await writeSecretKey(this.#file, made)
    return made
  }

  /**
   * The key that comes. In a file it is on the disk before anything is encrypted with it, so that
   * an end in between loses nothing.
   *
   * @throws {SecretError} `KEY_MISSING` where the environment should have it.
   */
  async next(): Promise<SecretKey> {
    if (!this.#isFromEnvironment) {
      const begun = await readSecretKey(this.#nextFile)
      if (begun !== undefined) return begun
      const made = newSecretKey()
      await writeSecretKey(this.#nextFile, made)
      return made
    }
    const key = this.#fromVariable(NEXT_VARIABLE)
    if (key !== undefined) return key
    const message = `The key is in ${KEY_VARIABLE}, so the next one must be in ${NEXT_VARIABLE}`
    throw new SecretError('KEY_MISSING', message)
  }

  /** The next key is the one in use from now on. @returns What is left to do, for people. */
  async advance(): Promise<string> {
    if (this.#isFromEnvironment) {
      return `Give every server the value of ${NEXT_VARIABLE} as ${KEY_VARIABLE} now`
    }
    await replaceSecretKey(this.#nextFile, this.#file)
    return `The key is in ${this.#file}`
  }

  get #isFromEnvironment(): boolean {
    return this.#place.environment[KEY_VARIABLE] !== undefined
  }

  #fromVariable(name: string): SecretKey | undefined {
    const text = this.#place.environment[name]
    return text === undefined ? undefined : parseSecretKey(text, `the variable ${name}`)
  }

  get #file(): string {
    return this.#place.keyFile ?? join(this.#place.stateFolder, 'secret.key')
  }

  get #nextFile(): string {
    return `${this.#file}.next`
  }
}
