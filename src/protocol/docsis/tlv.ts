import { Refusal } from '../../base/refusal.ts'

/** One setting as it stands in a file: a type, and up to 255 bytes. */
export interface Tlv {
  readonly type: number
  readonly value: Uint8Array
}

/** Fills a file up to a multiple of four bytes. Has neither length nor value (MULPI C.1.2.2). */
export const PAD = 0
/** Ends a file. Has neither length nor value (MULPI C.1.2.1). */
export const END_OF_DATA = 255
/** The length is one byte. */
export const TLV_VALUE_BYTES_MAX = 255

const HEADER_BYTES = 2

/**
 * Writes settings one after the other.
 *
 * @throws {RangeError} When a value is longer than 255 bytes: callers look first.
 */
export function encodeTlvs(tlvs: readonly Tlv[]): Uint8Array {
  const bytes = new Uint8Array(tlvBytes(tlvs))
  let offset = 0
  for (const { type, value } of tlvs) {
    if (value.length > TLV_VALUE_BYTES_MAX) throw new RangeError(`TLV ${type} is too long`)
    bytes[offset] = type
    bytes[offset + 1] = value.length
    bytes.set(value, offset + HEADER_BYTES)
    offset += HEADER_BYTES + value.length
  }
  return bytes
}

/** How many bytes settings take. */
export function tlvBytes(tlvs: readonly Tlv[]): number {
  return tlvs.reduce((sum, { value }) => sum + HEADER_BYTES + value.length, 0)
}

/**
 * Reads the settings that stand one after the other in the value of another.
 *
 * @returns Undefined when they do not end where the value does.
 */
export function decodeInnerTlvs(bytes: Uint8Array): readonly Tlv[] | undefined {
  const tlvs: Tlv[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const tlv = tlvAt(bytes, offset)
    if (tlv === undefined) return undefined
    tlvs.push(tlv)
    offset += HEADER_BYTES + tlv.value.length
  }
  return tlvs
}

/** The settings of a file, and how it ends. */
export interface FileTlvs {
  readonly tlvs: readonly Tlv[]
  /** False when nothing says that the file is whole. */
  readonly isEnded: boolean
  /** Bytes behind the end of data that are no padding. */
  readonly strayBytes: number
}

/**
 * Reads a whole file, up to its end of data.
 *
 * @throws {Refusal} `MALFORMED_REQUEST` when a setting is longer than what is left of the file.
 */
export function decodeFileTlvs(bytes: Uint8Array): FileTlvs {
  const tlvs: Tlv[] = []
  let offset = 0
  while (offset < bytes.length && bytes[offset] !== END_OF_DATA) {
    if (bytes[offset] === PAD) {
      offset += 1
      continue
    }
    const tlv = tlvAt(bytes, offset)
    if (tlv === undefined) throw cutOff(bytes, offset)
    tlvs.push(tlv)
    offset += HEADER_BYTES + tlv.value.length
  }
  const strayBytes = bytes.subarray(offset + 1).filter((byte) => byte !== PAD).length
  return { tlvs, isEnded: bytes[offset] === END_OF_DATA, strayBytes }
}

function tlvAt(bytes: Uint8Array, offset: number): Tlv | undefined {
  const type = bytes[offset]
  const length = bytes[offset + 1]
  if (type === undefined || length === undefined) return undefined
  const start = offset + HEADER_BYTES
  if (start + length > bytes.length) return undefined
  return { type, value: bytes.subarray(start, start + length) }
}

function cutOff(bytes: Uint8Array, offset: number): Refusal {
  const left = bytes.length - offset - HEADER_BYTES
  const length = bytes[offset + 1]
  const found =
    length === undefined ? 'it has no length' : `it has ${length} bytes, ${left} are left`
  return new Refusal(
    'MALFORMED_REQUEST',
    `Cannot decode the configuration: TLV ${bytes[offset]} at byte ${offset} is cut off: ${found}`,
  )
}
