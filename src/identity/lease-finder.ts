import { normaliseAddress } from '../inventory/identifiers.ts'
import type { Log } from '../observe/log.ts'
import { dhcpdLeases } from './dhcpd-leases.ts'
import { dnsmasqLeases } from './dnsmasq-leases.ts'
import type { Asked, Finding } from './finding.ts'
import { FollowedFiles } from './followed-files.ts'
import { keaLeases } from './kea-leases.ts'
import { LeaseFile } from './lease-file.ts'
import { evidenceOfLease } from './lease-evidence.ts'
import type { Lease, LeaseFormat } from './lease.ts'

/** How a lease file is written. */
export type LeaseFormatName = 'dhcpd' | 'kea' | 'dnsmasq'

/** One lease file of a DHCP server. */
export interface LeaseFileChoice {
  /** Absolute path. */
  readonly file: string
  readonly format: LeaseFormatName
}

interface FormatTraits {
  readonly format: LeaseFormat
  readonly isAppended: boolean
  /**
   * What the server calls the file's older parts, the newest first. While Kea cleans up, most of
   * its leases are in these (`kea-lfc`).
   */
  readonly olderParts: readonly string[]
}

const formats: Readonly<Record<LeaseFormatName, FormatTraits>> = {
  dhcpd: { format: dhcpdLeases, isAppended: true, olderParts: [] },
  kea: { format: keaLeases, isAppended: true, olderParts: ['.completed', '.1', '.2'] },
  dnsmasq: { format: dnsmasqLeases, isAppended: false, olderParts: [] },
}

/** Leases of one DHCP server, followed as it writes them. Nothing is read for a request. */
export class FollowedLeases {
  /** The newest part first: the first that knows an address counts. */
  readonly #parts: readonly LeaseFile[]
  readonly #files: FollowedFiles

  /** Resolves when what is there has been read. */
  static async open({ file, format }: LeaseFileChoice, log: Log): Promise<FollowedLeases> {
    const { olderParts, ...traits } = formats[format]
    const paths = [file, ...olderParts.map((suffix) => file + suffix)]
    const leases = new FollowedLeases(paths.map((path) => new LeaseFile({ path, ...traits }, log)))
    await leases.#files.look()
    if (leases.#parts[0]?.table === undefined) {
      log.warn(`no lease file ${file} yet: it is read when it is there`)
    }
    return leases
  }

  private constructor(parts: readonly LeaseFile[]) {
    this.#parts = parts
    const paths = parts.map(({ path }) => path)
    this.#files = new FollowedFiles(paths, async () => {
      // What was moved away is read before it goes missing in the newest part.
      for (const part of parts.toReversed()) await part.update()
    })
  }

  /** @param now - In ms since 1970. @returns Nothing for a lease that has ended. */
  find({ clientAddress }: Asked, now: number): readonly Finding[] {
    const address = normaliseAddress(clientAddress)
    if (address === undefined) return []
    const part = this.#parts.find(({ table }) => table?.get(address) !== undefined)
    const lease: Lease | undefined = part?.table?.get(address)
    if (part === undefined || lease === undefined) return []
    const evidence = evidenceOfLease(lease, now)
    return evidence === undefined ? [] : [{ evidence, finder: 'lease', where: part.path }]
  }

  close(): Promise<void> {
    return this.#files.close()
  }
}
