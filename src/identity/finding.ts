import type { Evidence } from '../inventory/identify.ts'

/** What tells who asks, in the order in which it is believed where nothing else is said. */
export const defaultOrder = [
  /** What the route found in the name that was asked. */
  'path',
  /** The subject of a TLS client certificate. */
  'certificate',
  /** HTTP headers in which devices say who they are. */
  'header',
  /** The HTTP User-Agent of phones. */
  'agent',
  /** What a DHCP server has reported. */
  'event',
  /** Lease files of DHCP servers. */
  'lease',
  /** The neighbour table of this machine. */
  'neighbour',
  /** The address that a device has in the inventory. */
  'address',
] as const

export type FinderName = (typeof defaultOrder)[number]

/** What names a device in a certificate's subject, as Node's `getPeerCertificate` has it. */
export interface Subject {
  readonly CN?: string | undefined
  readonly serialNumber?: string | undefined
  /** Host names beside the subject (RFC 5280 §4.2.1.6). */
  readonly alternativeNames?: readonly string[]
}

/** What a request tells of its sender. */
export interface Asked {
  /** Textual address without brackets; a link-local one may have its zone (`fe80::1%eth0`). */
  readonly clientAddress: string
  /** Empty for TFTP. */
  readonly headers: Headers
  /** What the route found in the name. */
  readonly params: Readonly<Record<string, string>>
  /** The subject of a certificate that was verified; undefined when there was none. */
  readonly subject?: Subject | undefined
}

/** What a device says of its own make. */
export interface Hardware {
  readonly vendor: string
  readonly model?: string
  readonly firmware?: string
}

/** What one finder knows of who asks. */
export interface Finding {
  readonly evidence: Evidence
  readonly finder: FinderName
  /** Where it stands, for people: a file, a header, a table. */
  readonly where: string
  /** Undefined where nothing of it is known. */
  readonly hardware?: Hardware
}

/** Looks up who asks: quickly, without waiting. Empty where it knows nothing. */
export type Finder = (asked: Asked) => readonly Finding[]
