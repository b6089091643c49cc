import { type CapturedPacket, LinkType } from './pcap-file.ts'

/** A UDP datagram found in a capture. */
export interface UdpDatagram {
  readonly seconds: number
  /** `10.0.0.1:69` or `[fd00::1]:69`. */
  readonly source: string
  readonly sourcePort: number
  readonly destination: string
  readonly destinationPort: number
  /** What was kept of the payload. */
  readonly payload: Uint8Array
  /** How long the payload was on the wire. */
  readonly wireBytes: number
}

const EtherType = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, serviceVlan: 0x88a8 }
const NextHeader = { hopByHop: 0, udp: 17, routing: 43, fragment: 44, destination: 60 }
const UDP_HEADER_BYTES = 8
/** VLAN tags and IPv6 extension headers looked through; nobody stacks more. */
const NESTED_MAX = 8

/** Finds the UDP datagram in a packet; undefined when it holds none, or only a later fragment. */
export function udpIn({ seconds, linkType, bytes }: CapturedPacket): UdpDatagram | undefined {
  const network = networkPacket(linkType, new Bytes(bytes))
  const ip = network && readIp(network)
  if (!ip || ip.protocol !== NextHeader.udp) return undefined
  const udp = ip.payload
  if (udp.length < UDP_HEADER_BYTES) return undefined
  const sourcePort = udp.uint16(0)
  const destinationPort = udp.uint16(2)
  // Ethernet pads short frames: the length of UDP says where the payload ends.
  const wireBytes = Math.max(0, udp.uint16(4) - UDP_HEADER_BYTES)
  return {
    seconds,
    source: `${ip.source}:${sourcePort}`,
    sourcePort,
    destination: `${ip.destination}:${destinationPort}`,
    destinationPort,
    payload: udp.from(UDP_HEADER_BYTES).bytes.subarray(0, wireBytes),
    wireBytes,
  }
}

/** Bytes that may end too early: what lies beyond reads as 0. */
class Bytes {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get length(): number {
    return this.bytes.length
  }

  uint8(offset: number): number {
    return this.bytes[offset] ?? 0
  }

  uint16(offset: number): number {
    return this.uint8(offset) * 256 + this.uint8(offset + 1)
  }

  from(offset: number): Bytes {
    return new Bytes(this.bytes.subarray(offset))
  }
}

interface IpPacket {
  /** As in a URL: IPv6 has brackets. */
  readonly source: string
  readonly destination: string
  readonly protocol: number
  readonly payload: Bytes
}

/** Strips the link layer; undefined when what it carries is not IP. */
function networkPacket(linkType: number, frame: Bytes): Bytes | undefined {
  switch (linkType) {
    case LinkType.raw:
    case LinkType.ipv4:
    case LinkType.ipv6:
      return frame
    case LinkType.ethernet:
      return ethernetPayload(frame)
    case LinkType.linuxSll:
      return ipPayload(frame.uint16(14), frame.from(16))
    case LinkType.linuxSll2:
      return ipPayload(frame.uint16(0), frame.from(20))
    default:
      throw new Error(`Cannot read the capture: link type ${linkType} is not known`)
  }
}

function ethernetPayload(frame: Bytes): Bytes | undefined {
  let offset = 12
  for (let tags = 0; tags < NESTED_MAX; tags += 1) {
    const type = frame.uint16(offset)
    if (type !== EtherType.vlan && type !== EtherType.serviceVlan) {
      return ipPayload(type, frame.from(offset + 2))
    }
    offset += 4
  }
  return undefined
}

function ipPayload(etherType: number, payload: Bytes): Bytes | undefined {
  return etherType === EtherType.ipv4 || etherType === EtherType.ipv6 ? payload : undefined
}

function readIp(packet: Bytes): IpPacket | undefined {
  const version = packet.uint8(0) >> 4
  if (version === 4) return readIpv4(packet)
  return version === 6 ? readIpv6(packet) : undefined
}

function readIpv4(packet: Bytes): IpPacket | undefined {
  const isLaterFragment = (packet.uint16(6) & 0x1fff) !== 0
  if (packet.length < 20 || isLaterFragment) return undefined
  return {
    source: packet.bytes.subarray(12, 16).join('.'),
    destination: packet.bytes.subarray(16, 20).join('.'),
    protocol: packet.uint8(9),
    payload: packet.from((packet.uint8(0) & 0x0f) * 4),
  }
}

function readIpv6(packet: Bytes): IpPacket | undefined {
  if (packet.length < 40) return undefined
  let protocol = packet.uint8(6)
  let payload = packet.from(40)
  for (let headers = 0; headers < NESTED_MAX && protocol !== NextHeader.udp; headers += 1) {
    const isFragment = protocol === NextHeader.fragment
    if (isFragment && (payload.uint16(2) & 0xfff8) !== 0) return undefined
    if (!isFragment && !isExtension(protocol)) return undefined
    protocol = payload.uint8(0)
    payload = payload.from(isFragment ? 8 : (payload.uint8(1) + 1) * 8)
  }
  return {
    source: ipv6Text(packet.from(8)),
    destination: ipv6Text(packet.from(24)),
    protocol,
    payload,
  }
}

function isExtension(protocol: number): boolean {
  const { hopByHop, routing, destination } = NextHeader
  return protocol === hopByHop || protocol === routing || protocol === destination
}

/** In brackets and shortened as RFC 5952 says, which is what a URL does. */
function ipv6Text(address: Bytes): string {
  const groups = Array.from({ length: 8 }, (_, index) => address.uint16(index * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname
}
