import type { RefusalCode } from '../../base/refusal.ts'

/**
 * What an ERROR packet may carry.
 *
 * @see RFC 1350, appendix (0 to 7), RFC 2347 (8)
 */
export const TftpErrorCode = {
  /** Not defined: the message says what went wrong. Never "not found" to a client. */
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  /** Disk full or allocation exceeded. */
  diskFull: 3,
  illegalOperation: 4,
  /** Unknown transfer ID: the one ERROR that ends no transfer (RFC 1350 §4). */
  unknownTransfer: 5,
  fileExists: 6,
  noSuchUser: 7,
  /** The answer to an OACK that cannot be accepted. */
  optionRefused: 8,
} as const

/** One of the numbers above. */
export type TftpErrorCode = (typeof TftpErrorCode)[keyof typeof TftpErrorCode]

/** What a TFTP client is told. A new refusal does not compile until it has a row here. */
export const tftpErrorFor = {
  FILE_NOT_FOUND: TftpErrorCode.fileNotFound,
  ACCESS_DENIED: TftpErrorCode.accessViolation,
  METHOD_NOT_ALLOWED: TftpErrorCode.accessViolation,
  TOO_LARGE: TftpErrorCode.diskFull,
  STORAGE_FULL: TftpErrorCode.diskFull,
  MALFORMED_REQUEST: TftpErrorCode.illegalOperation,
  FILE_EXISTS: TftpErrorCode.fileExists,
  OPTION_REFUSED: TftpErrorCode.optionRefused,
  GENERATOR_FAILED: TftpErrorCode.undefined,
  GENERATOR_TIMEOUT: TftpErrorCode.undefined,
  NOT_READY: TftpErrorCode.undefined,
  BUSY: TftpErrorCode.undefined,
} satisfies Record<RefusalCode, TftpErrorCode>
