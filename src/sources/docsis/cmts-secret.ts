import { readFileSync, statSync } from 'node:fs'
import { Refusal } from '../../base/refusal.ts'

/** Longest secret, in bytes; CMTS take 64 to 80. */
const SECRET_BYTES_MAX = 1024

/** Where the secret is. One of the two is there. */
export interface SecretPlace {
  /** Absolute path. */
  readonly file: string | undefined
  readonly variable: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A secret, and whether it still is the one. */
export interface ReadSecret {
  readonly bytes: Uint8Array
  readonly isCurrent: () => boolean
}

/**
 * The secret that the operator shares with the CMTS. A file is looked at whenever the secret is
 * needed, and read again when it has changed.
 */
export class CmtsSecret {
  readonly #place: SecretPlace
  #kept: { readonly version: string; readonly bytes: Uint8Array } | undefined

  constructor(place: SecretPlace) {
    this.#place = place
  }

  /** @throws {Refusal} `GENERATOR_FAILED` when there is none; its bytes are never in a message. */
  read(): ReadSecret {
    const { file, variable, environment } = this.#place
    if (file === undefined) {
      const found = variable === undefined ? undefined : environment[variable]
      const place = `the environment variable ${variable}`
      if (found === undefined || found === '') throw noSecret(`${place} is not set or empty`)
      const bytes = checked(Buffer.from(found), place)
      return { bytes, isCurrent: () => true }
    }
    const version = versionOf(file)
    const kept =
      version !== undefined && this.#kept?.version === version
        ? this.#kept
        : { version: version ?? '', bytes: readSecretFile(file) }
    this.#kept = kept
    return { bytes: kept.bytes, isCurrent: () => versionOf(file) === version }
  }
}

function readSecretFile(file: string): Uint8Array {
  try {
    const bytes = readFileSync(file)
    const end = /\r?\n?$/.exec(bytes.toString('latin1'))?.index ?? bytes.length
    return checked(bytes.subarray(0, end), file)
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw noSecret(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function checked(bytes: Uint8Array, place: string): Uint8Array {
  if (bytes.length === 0) throw noSecret(`${place} is empty`)
  if (bytes.length <= SECRET_BYTES_MAX) return bytes
  throw noSecret(`${place} has ${bytes.length} bytes, at most ${SECRET_BYTES_MAX} are allowed`)
}

function noSecret(reason: string): Refusal {
  return new Refusal('GENERATOR_FAILED', `There is no secret shared with the CMTS: ${reason}`, {
    wireMessage: 'The configuration cannot be signed',
  })
}

/** Undefined when the file is not there: reading it says why. */
function versionOf(file: string): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false, bigint: true })
  return stats && [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ')
}
