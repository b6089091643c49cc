/**
 * The options of a request that Trivet knows, and how their values are read.
 *
 * Values are decimal digits only. A sign, a space, hex, an empty value or more than 20 digits is no
 * number, and the option is left out. Leading zeros are allowed.
 */

/** Bytes in a block where no option says otherwise (RFC 1350 §5). */
export const BLOCK_BYTES_DEFAULT = 512

/** One option, for those who document it. */
export interface WireOption {
  readonly name: string
  /** What may be asked, in words. */
  readonly values: string
  /** What is acknowledged. */
  readonly answer: string
  readonly source: string
}

/** Every known option. Any other is left out of the OACK. */
export const wireOptions = [
  {
    name: 'blksize',
    values: '8 to 65464 bytes; more is taken as 65464',
    answer: 'the same or less: what the path carries, or the cap of the route',
    source: 'RFC 2348',
  },
  {
    name: 'blksize2',
    values: '8 to 65464 bytes; left out when a valid blksize stands before it, and the reverse',
    answer: 'the largest power of two that is neither over the value nor over the path',
    source: 'de facto (tftp-hpa)',
  },
  {
    name: 'timeout',
    values: '1 to 255 seconds',
    answer: 'exactly as sent',
    source: 'RFC 2349',
  },
  {
    name: 'utimeout',
    values: '10000 to 255000000 microseconds; goes before timeout when both are sent',
    answer: 'exactly as sent',
    source: 'de facto (tftp-hpa)',
  },
  {
    name: 'tsize',
    values: 'any number in a read; the size of the upload in a write, up to 2^53 - 1',
    answer: 'the true size in a read, left out when unknown or 0; the same number in a write',
    source: 'RFC 2349',
  },
  {
    name: 'windowsize',
    values: '1 to 65535 blocks; more is taken as 65535',
    answer: 'the same or less: the cap of the server',
    source: 'RFC 7440',
  },
  {
    name: 'rollover',
    values: '0 or 1: the block number after 65535',
    answer: 'exactly as sent; without it 0',
    source: 'de facto (tftp-hpa)',
  },
  {
    name: 'pause',
    values: '1 to 3600 seconds, in a read',
    answer: 'exactly as sent, by a server that says PAUSE while it makes the file; else left out',
    source: 'experimental',
  },
] as const satisfies readonly WireOption[]

/** A name of the table above. */
export type WireOptionName = (typeof wireOptions)[number]['name']

/** The names in the table above, as on the wire. */
export const wireOptionNames: readonly WireOptionName[] = wireOptions.map(({ name }) => name)

/** A range, both ends included. */
export interface Range {
  readonly min: number
  readonly max: number
}

/** What each number may be. `tsize` ends where numbers stop being exact. */
export const wireRanges = {
  blksize: { min: 8, max: 65_464 },
  blksize2: { min: 8, max: 65_464 },
  timeout: { min: 1, max: 255 },
  utimeout: { min: 10_000, max: 255_000_000 },
  tsize: { min: 0, max: Number.MAX_SAFE_INTEGER },
  windowsize: { min: 1, max: 65_535 },
  rollover: { min: 0, max: 1 },
  pause: { min: 1, max: 3600 },
} as const satisfies Record<WireOptionName, Range>

/** Undefined when it is no number. Beyond 2^53 it is not exact, but still too large. */
function parseDecimal(text: string): number | undefined {
  return /^\d{1,20}$/.test(text) ? Number(text) : undefined
}

/** Reads a value that counts only inside its range. */
export function parseWithin(text: string, { min, max }: Range): number | undefined {
  const value = parseDecimal(text)
  return value === undefined || value < min || value > max ? undefined : value
}

/** Reads a value that is cut down to its range, not refused, when too large. */
export function parseAtMost(text: string, { min, max }: Range): number | undefined {
  const value = parseDecimal(text)
  return value === undefined || value < min ? undefined : Math.min(value, max)
}

/** The largest power of two that is not over `value`, for values from 1 to 2^31 - 1. */
export function powerOfTwoAtMost(value: number): number {
  return 2 ** (31 - Math.clz32(value))
}
