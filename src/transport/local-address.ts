import { readFileSync } from 'node:fs'
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import ipaddr from 'ipaddr.js'

/** An address of this machine. */
export interface LocalAddress {
  /** Literal; a link-local IPv6 address with its scope (`fe80::1%eth0`). */
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
  readonly interfaceName: string
  /**
   * The system's number of the interface where IPv6 needs it, else 0: an interface made anew has
   * another.
   */
  readonly interfaceIndex: number
  /** Length of the network's prefix, in bits. */
  readonly prefixBits: number
  readonly isLoopback: boolean
  /**
   * The largest packet of the interface, in bytes, headers included; undefined when the system does
   * not tell.
   */
  readonly mtuBytes: number | undefined
}

const DEFAULT_MTU_BYTES = 1500
/** No IP packet is larger, whatever the interface says (the loopback of Linux says 65,536). */
const PACKET_BYTES_MAX = 65_535
/** IPv4 header (RFC 791 §3.1) or IPv6 header (RFC 8200 §3), and UDP header (RFC 768). */
const HEADER_BYTES = { IPv4: 20 + 8, IPv6: 40 + 8 } as const

/**
 * Lists the addresses of all running interfaces.
 *
 * @throws {Error} When the system does not let this process ask.
 */
export function systemLocalAddresses(): LocalAddress[] {
  return describeInterfaces(networkInterfaces(), readMtuBytes)
}

/** What the system said, in this project's words. */
export function describeInterfaces(
  interfaces: NodeJS.Dict<readonly NetworkInterfaceInfo[]>,
  mtuBytesOf: (interfaceName: string) => number | undefined,
): LocalAddress[] {
  return Object.entries(interfaces).flatMap(([interfaceName, addresses = []]) => {
    const mtuBytes = mtuBytesOf(interfaceName)
    return addresses.map((info) => ({
      address: scopedAddress(info, interfaceName),
      family: info.family,
      interfaceName,
      interfaceIndex: info.family === 'IPv6' ? (info.scopeid ?? 0) : 0,
      prefixBits: Number(info.cidr?.split('/')[1] ?? (info.family === 'IPv4' ? 32 : 128)),
      isLoopback: info.internal,
      mtuBytes,
    }))
  })
}

/**
 * A scope identifier other than 0 marks the addresses that are ambiguous without their interface.
 */
function scopedAddress(info: NetworkInterfaceInfo, interfaceName: string): string {
  const needsScope = info.family === 'IPv6' && (info.scopeid ?? 0) !== 0
  return needsScope ? `${info.address}%${interfaceName}` : info.address
}

/** Linux tells it in a file; an alias ("eth0:1") has the MTU of its interface. */
function readMtuBytes(interfaceName: string): number | undefined {
  const [device = ''] = interfaceName.split(':', 1)
  try {
    const mtuBytes = Number.parseInt(readFileSync(`/sys/class/net/${device}/mtu`, 'latin1'), 10)
    return mtuBytes > HEADER_BYTES.IPv6 ? mtuBytes : undefined
  } catch {
    return undefined
  }
}

/** An address that was asked for by name: as listed, or what can be said about one that isn't. */
export function describeAddress(address: string, known: readonly LocalAddress[]): LocalAddress {
  const listed = known.find((candidate) => candidate.address === address)
  if (listed) return listed
  const isLoopback = address.startsWith('127.') || address === '::1'
  return {
    address,
    family: address.includes(':') ? 'IPv6' : 'IPv4',
    interfaceName: '',
    interfaceIndex: 0,
    prefixBits: address.includes(':') ? 128 : 32,
    isLoopback,
    mtuBytes: isLoopback ? PACKET_BYTES_MAX : undefined,
  }
}

/** The largest UDP payload that leaves the interface in one piece, in bytes. */
export function payloadBytesMax({ family, mtuBytes }: LocalAddress): number {
  const packetBytes = Math.min(mtuBytes ?? DEFAULT_MTU_BYTES, PACKET_BYTES_MAX)
  return packetBytes - HEADER_BYTES[family]
}

/**
 * The address that reaches all of the network (RFC 919 §7); undefined where the network has none.
 */
export function broadcastAddress(local: LocalAddress): string | undefined {
  // /31 links have no broadcast address (RFC 3021), single addresses have no network.
  if (local.family !== 'IPv4' || local.isLoopback || local.prefixBits > 30) return undefined
  return ipaddr.IPv4.broadcastAddressFromCIDR(`${local.address}/${local.prefixBits}`).toString()
}

/** Whether an IPv4 peer is a neighbour in the network of a local address. */
export function isNeighbour(peerAddress: string, local: LocalAddress): boolean {
  if (local.family !== 'IPv4' || !ipaddr.IPv4.isValid(peerAddress)) return false
  return ipaddr.IPv4.parse(peerAddress).match(ipaddr.IPv4.parse(local.address), local.prefixBits)
}
