import { normaliseAddress, normaliseMac } from '../inventory/identifiers.ts'

/** MACs by address; a link-local address also with its interface (`fe80::1%eth0`). */
export type Neighbours = ReadonlyMap<string, string>

/** Ethernet (`include/uapi/linux/if_arp.h`, `ARPHRD_ETHER`). */
const ETHERNET = '0x1'
/** The entry has been answered (`ATF_COM`). */
const COMPLETE = 2
const NOBODY = '00:00:00:00:00:00'
/** States in which the kernel knows no MAC, or knows that nobody is there. */
const unusable = new Set(['INCOMPLETE', 'FAILED', 'NOARP', 'NONE'])

/**
 * Reads `/proc/net/arp`: a heading, then `10.0.0.5 0x1 0x2 00:11:22:33:44:55 * eth0` with spaces.
 *
 * @see proc_net_arp(5)
 */
export function parseArpTable(text: string): Neighbours {
  const neighbours = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [ip = '', type, flags, hardware = ''] = line.split(/\s+/)
    if (type !== ETHERNET || (Number(flags) & COMPLETE) === 0 || hardware === NOBODY) continue
    neighbours.set(ip, hardware)
  }
  return neighbours
}

/** One row of `ip -j -6 neigh show`, as far as it is read. */
interface NeighbourRow {
  readonly dst?: string
  readonly dev?: string
  readonly lladdr?: string
  readonly state?: readonly string[]
}

/** @throws {SyntaxError} When it is no JSON. @see ip-neighbour(8), option `-json` of ip(8) */
export function parseNeighbourList(json: string): Neighbours {
  const neighbours = new Map<string, string>()
  for (const { dst = '', dev, lladdr = '', state = [] } of JSON.parse(json) as NeighbourRow[]) {
    const address = normaliseAddress(dst)
    const mac = normaliseMac(lladdr)
    if (address === undefined || mac === undefined || state.some((one) => unusable.has(one))) {
      continue
    }
    neighbours.set(address, mac)
    if (dev !== undefined) neighbours.set(`${address}%${dev}`, mac)
  }
  return neighbours
}
