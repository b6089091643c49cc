import { Refusal } from '../../base/refusal.ts'
import { type Digests, micsOf } from './mic.ts'
import { encodeTlvs, END_OF_DATA, PAD, tlvBytes, type Tlv } from './tlv.ts'

/** Largest file that is written or read, in bytes. Files of operators have some hundred. */
export const CONFIGURATION_BYTES_MAX = 65_536

/** A file is filled up to a multiple of this (MULPI C.1.2.2). */
const ALIGNMENT_BYTES = 4

/**
 * Writes the file a modem asks for: its settings in their order, CM MIC, CMTS MIC, end of data,
 * padding.
 *
 * @throws {Refusal} `TOO_LARGE` when it has more than 65536 bytes.
 */
export function encodeConfigurationFile(tlvs: readonly Tlv[], digests: Digests): Uint8Array {
  const all = [...tlvs, ...micsOf(tlvs, digests)]
  const bytes = tlvBytes(all) + 1
  const padded = Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES
  if (padded > CONFIGURATION_BYTES_MAX) {
    const allowed = `at most ${CONFIGURATION_BYTES_MAX} are allowed`
    throw new Refusal('TOO_LARGE', `The configuration has ${padded} bytes, ${allowed}`)
  }
  const file = new Uint8Array(padded).fill(PAD)
  file.set(encodeTlvs(all))
  file[bytes - 1] = END_OF_DATA
  return file
}
