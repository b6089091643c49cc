/** One packet as a capture holds it. */
export interface CapturedPacket {
  /** Seconds since 1970. */
  readonly seconds: number
  /** What its first header is, as in `LinkType`. */
  readonly linkType: number
  /** What was kept of it: often less than there was. */
  readonly bytes: Uint8Array
}

/** Link-layer header types that `udpIn` can read, of the list kept by tcpdump. */
export const LinkType = {
  ethernet: 1,
  raw: 101,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
}

const FILE_HEADER_BYTES = 24
const PACKET_HEADER_BYTES = 16
/** libpcap's own limit; more means that the file is no capture. */
const PACKET_BYTES_MAX = 262_144
/** The upper bits of the field say how frames end. */
const LINK_TYPE_MASK = 0x0fff_ffff
const PCAPNG_MAGIC = 0x0a0d_0d0a

/** The first four bytes, read big-endian, tell byte order and unit of time. */
const formats: ReadonlyMap<number, { isLittle: boolean; fractionsPerSecond: number }> = new Map([
  [0xa1b2_c3d4, { isLittle: false, fractionsPerSecond: 1e6 }],
  [0xd4c3_b2a1, { isLittle: true, fractionsPerSecond: 1e6 }],
  [0xa1b2_3c4d, { isLittle: false, fractionsPerSecond: 1e9 }],
  [0x4d3c_b2a1, { isLittle: true, fractionsPerSecond: 1e9 }],
])

/**
 * Reads the packets of a classic pcap file, one after the other.
 *
 * A file that ends in the middle of a packet, as a killed tcpdump leaves it, ends before it.
 *
 * @throws {Error} When it is no pcap file, or a packet claims more than 256 KiB.
 */
export function* readPcap(file: Uint8Array): Generator<CapturedPacket> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (view.byteLength < FILE_HEADER_BYTES) throw notPcap('it has no file header')
  const magic = view.getUint32(0)
  if (magic === PCAPNG_MAGIC) throw notPcap('it is pcapng, convert it with "editcap -F pcap"')
  const format = formats.get(magic)
  if (format === undefined) throw notPcap(`it begins with ${magic.toString(16).padStart(8, '0')}`)
  const { isLittle, fractionsPerSecond } = format
  const linkType = view.getUint32(20, isLittle) & LINK_TYPE_MASK
  let offset = FILE_HEADER_BYTES
  while (offset + PACKET_HEADER_BYTES <= view.byteLength) {
    const fraction = view.getUint32(offset + 4, isLittle) / fractionsPerSecond
    const seconds = view.getUint32(offset, isLittle) + fraction
    const byteCount = view.getUint32(offset + 8, isLittle)
    if (byteCount > PACKET_BYTES_MAX) throw notPcap(`a packet has ${byteCount} bytes`)
    const start = offset + PACKET_HEADER_BYTES
    offset = start + byteCount
    if (offset <= view.byteLength) {
      yield { seconds, linkType, bytes: file.subarray(start, offset) }
    }
  }
}

function notPcap(reason: string): Error {
  return new Error(`Cannot read the capture: ${reason}`)
}
