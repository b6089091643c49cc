/** Addresses that one table holds: more than any DHCP server hands out, and a bound for memory. */
const LEASES_MAX = 1_000_000

/** An address as a DHCP server gave it to somebody. */
export interface Lease {
  /** Undefined where the server knows none, and where the address is nobody's any more. */
  readonly mac: string | undefined
  /** What the client calls itself. */
  readonly hostname: string | undefined
  /** In ms since 1970; `Infinity` for one that never ends; 0 for one that was given back. */
  readonly expiresAt: number
}

/** An address that is nobody's: it hides what an older file says of it. */
export const freeLease: Lease = { mac: undefined, hostname: undefined, expiresAt: 0 }

/** Leases by address; the last word on an address counts. */
export class LeaseTable {
  readonly #leases = new Map<string, Lease>()
  readonly #leasesMax: number
  #leftOutCount = 0

  /** @param leasesMax - Addresses that are kept. Default 1,000,000. */
  constructor(leasesMax = LEASES_MAX) {
    this.#leasesMax = leasesMax
  }

  get count(): number {
    return this.#leases.size
  }

  /** Words on addresses for which there was no room. */
  get leftOutCount(): number {
    return this.#leftOutCount
  }

  /** @param address - As `normaliseAddress` writes it. */
  get(address: string): Lease | undefined {
    return this.#leases.get(address)
  }

  set(address: string, lease: Lease): void {
    if (this.#leases.size >= this.#leasesMax && !this.#leases.has(address)) this.#leftOutCount += 1
    else this.#leases.set(detached(address), lease)
  }
}

/** The longest piece that is copied, in characters: a host name has at most 255. */
const scratch = Buffer.alloc(256)
/** Shorter pieces, in characters, are copies already: V8 keeps no text alive for less. */
const PIECE_LENGTH_MIN = 13

/**
 * A copy of a piece of text, cut to 256 characters. A piece alone keeps the whole text in memory,
 * here a part of a file of perhaps 256 MiB.
 */
export function detached(text: string): string {
  if (text.length < PIECE_LENGTH_MIN) return text
  return scratch.toString('latin1', 0, scratch.write(text, 'latin1'))
}

/** A piece of a larger text that has not been cut out of it. */
export interface Span {
  readonly text: string
  readonly start: number
  /** Behind the last character. */
  readonly end: number
}

/** Reads lines of one format, from the first of a file. */
export interface LeaseParser {
  /**
   * Takes a line where it stands: most lines of some formats tell nothing, and to cut them out
   * would take most of the time. The span is the caller's again afterwards.
   *
   * @returns False for a line that `line` has to take, of which nothing was taken.
   */
  span?(line: Span): boolean
  /** @returns False for a line that the format does not have; what it says is lost. */
  line(text: string): boolean
}

/** Makes a parser that writes into a table. */
export type LeaseFormat = (table: LeaseTable) => LeaseParser
