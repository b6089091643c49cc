import { Refusal } from '../base/refusal.ts'
import { CONFIGURATION_BYTES_MAX } from '../protocol/docsis/configuration-file.ts'
import { decodeSettings } from '../protocol/docsis/decode-settings.ts'
import { judgeCmMic, judgeCmtsMic, type MicVerdict } from '../protocol/docsis/mic.ts'
import { decodeFileTlvs } from '../protocol/docsis/tlv.ts'
import { docsisDigests, docsisMd5 } from './docsis-file.ts'

/** What a file of a modem holds. */
export interface DocsisContent {
  /** As `docsisSettings` reads them from YAML. */
  readonly settings: unknown
  readonly cmMic: MicVerdict
  /** `unchecked` without the secret. */
  readonly cmtsMic: MicVerdict | 'unchecked'
  /** False when nothing says that the file is whole. */
  readonly isEnded: boolean
  /** Bytes behind the end of data that are no padding. */
  readonly strayBytes: number
}

/**
 * Reads a file of a modem.
 *
 * @param secret - Shared with the CMTS. Default: its check is not looked at.
 * @throws {Refusal} `MALFORMED_REQUEST` when a setting is cut off; `TOO_LARGE` over 65536 bytes.
 */
export function docsisContent(bytes: Uint8Array, secret?: Uint8Array): DocsisContent {
  if (bytes.length > CONFIGURATION_BYTES_MAX) {
    const message = `Cannot decode the configuration: it has ${bytes.length} bytes, at most ${CONFIGURATION_BYTES_MAX} are allowed`
    throw new Refusal('TOO_LARGE', message)
  }
  const { tlvs, isEnded, strayBytes } = decodeFileTlvs(bytes)
  return {
    settings: decodeSettings(tlvs),
    cmMic: judgeCmMic(tlvs, docsisMd5),
    cmtsMic: secret === undefined ? 'unchecked' : judgeCmtsMic(tlvs, docsisDigests(secret).hmacMd5),
    isEnded,
    strayBytes,
  }
}
