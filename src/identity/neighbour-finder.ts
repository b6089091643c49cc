import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { normaliseAddress } from '../inventory/identifiers.ts'
import type { Log } from '../observe/log.ts'
import type { Asked, Finding } from './finding.ts'
import { type Neighbours, parseArpTable, parseNeighbourList } from './neighbour-table.ts'

/** How long a table is believed, in ms. */
const FRESH_MS = 1000
/** When a table that could not be had is tried again, in ms: `ip` may keep everybody waiting. */
const RETRY_MS = 60_000
/** How long `ip` may take, in ms. */
const IP_TIMEOUT_MS = 500
/** The most that is read of its output, in bytes: some 100,000 neighbours. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024

/** Where one family's neighbours are read. */
interface NeighbourSource {
  readonly where: string
  /** @throws When the machine has no such table. */
  readonly read: () => Neighbours
}

const ipv4: NeighbourSource = {
  where: '/proc/net/arp',
  read: () => parseArpTable(readFileSync('/proc/net/arp', 'utf8')),
}

/** For IPv6 the kernel has no file, only netlink: `ip` speaks it. */
const ipv6: NeighbourSource = { where: 'ip -6 neigh', read: readIpv6 }

/**
 * The kernel's neighbour table: who asks from a network that this machine is in. Behind a router
 * there is nothing in it, so nothing is found.
 *
 * Read when it is needed and at most once a second for each family, at once rather than later: the
 * first request of a device matters most. A table that cannot be had is tried once a minute.
 */
export class NeighbourFinder {
  readonly #tables: readonly [ipv4: NeighbourCache, ipv6: NeighbourCache]

  constructor(log: Log) {
    this.#tables = [new NeighbourCache(ipv4, log), new NeighbourCache(ipv6, log)]
  }

  find({ clientAddress }: Asked): readonly Finding[] {
    const [plain = '', zone] = clientAddress.split('%', 2)
    const address = normaliseAddress(plain)
    if (address === undefined || isOwn(address)) return []
    const table = this.#tables[address.includes(':') ? 1 : 0]
    const mac = table.get(zone === undefined ? address : `${address}%${zone}`)
    return mac === undefined ? [] : [{ evidence: { mac }, finder: 'neighbour', where: table.where }]
  }
}

class NeighbourCache {
  readonly #source: NeighbourSource
  readonly #log: Log
  #neighbours: Neighbours = new Map()
  /** On the clock of `performance.now()`. */
  #freshUntil = -Infinity
  #hasComplained = false

  constructor(source: NeighbourSource, log: Log) {
    this.#source = source
    this.#log = log
  }

  get where(): string {
    return this.#source.where
  }

  get(key: string): string | undefined {
    if (performance.now() >= this.#freshUntil) this.#read()
    return this.#neighbours.get(key)
  }

  #read(): void {
    try {
      this.#neighbours = this.#source.read()
      this.#freshUntil = performance.now() + FRESH_MS
    } catch (error) {
      this.#neighbours = new Map()
      this.#freshUntil = performance.now() + RETRY_MS
      if (this.#hasComplained) return
      this.#hasComplained = true
      const reason = error instanceof Error ? error.message : String(error)
      this.#log.warn(`neighbours are not known by ${this.where}: ${reason}`)
    }
  }
}

function readIpv6(): Neighbours {
  const { error, status, stdout, stderr } = spawnSync('ip', ['-j', '-6', 'neigh', 'show'], {
    encoding: 'utf8',
    timeout: IP_TIMEOUT_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`ip exited with status ${status}: ${stderr.trim()}`)
  return parseNeighbourList(stdout.trim() === '' ? '[]' : stdout)
}

/** Loopback is in no neighbour table. */
function isOwn(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
