import { createHash, createHmac } from 'node:crypto'
import { Refusal } from '../base/refusal.ts'
import { ConfigError, type ConfigProblem } from '../config/problems.ts'
import { encodeConfigurationFile } from '../protocol/docsis/configuration-file.ts'
import type { Digests } from '../protocol/docsis/mic.ts'
import type { Tlv } from '../protocol/docsis/tlv.ts'
import type { EncodeOptions } from '../sources/docsis/index.ts'
import { docsisSettings } from './docsis-settings.ts'

/** Problems that a journal entry tells of. */
const TOLD_MAX = 3

/** The digests that the specification asks for. MD5 is its choice; there is no other. */
export function docsisDigests(secret: Uint8Array): Digests {
  return {
    md5: docsisMd5,
    hmacMd5: (bytes) => createHmac('md5', secret).update(bytes).digest(),
  }
}

/** RFC 1321. */
export function docsisMd5(bytes: Uint8Array): Uint8Array {
  return createHash('md5').update(bytes).digest()
}

/** @throws {Refusal} `TOO_LARGE` when the file has more than 65536 bytes. */
export function signedDocsisFile(tlvs: readonly Tlv[], secret: Uint8Array): Uint8Array {
  return encodeConfigurationFile(tlvs, docsisDigests(secret))
}

/**
 * Makes the file of a modem from the settings that a template made.
 *
 * @throws {Refusal} `GENERATOR_FAILED` with the first of what is wrong; `TOO_LARGE`.
 */
export function docsisFile(yaml: string, { path, secret }: EncodeOptions): Uint8Array {
  try {
    return signedDocsisFile(docsisSettings(yaml, path), secret)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const told = error.problems.slice(0, TOLD_MAX).map(toldProblem)
    const more = error.problems.length - told.length
    const rest = more > 0 ? `; and ${more} more` : ''
    const message = `Cannot generate ${path}: in the YAML that was made, ${told.join('; ')}${rest}`
    throw new Refusal('GENERATOR_FAILED', message, {
      wireMessage: 'The settings of this modem are wrong',
    })
  }
}

function toldProblem({ line, path, message }: ConfigProblem): string {
  const place = path === '' ? '' : ` ${path}`
  return line === undefined ? message : `line ${line}${place}: ${message}`
}
