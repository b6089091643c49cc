import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { LinkType, readPcap } from '../../tools/record/pcap-file.ts'
import { type RecordedDatagram, tftpDatagrams } from '../../tools/record/tftp-datagrams.ts'
import { thin } from '../../tools/record/thin.ts'
import { type UdpDatagram, udpIn } from '../../tools/record/udp.ts'

const tool = resolve(import.meta.dirname, '../../tools/record.ts')
const run = promisify(execFile)

/** Bytes from hex; spaces are for the reader. */
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

/** ACK 1 from 10.0.0.2:1025 to 10.0.0.1:69, twelve bytes of UDP. */
const udp = '0401 0045 000c 0000 00040001'
const ipv4 = `4500 0020 0000 4000 4011 0000 0a000002 0a000001 ${udp}`
const ipv6Addresses = 'fd77000000000000 0000000000000052 fd77000000000000 0000000000000001'
const ipv6 = (next: string, rest: string) => `60000000 0000 ${next} 40 ${ipv6Addresses} ${rest}`
const ends = '525400123456 525400654321'

interface Frame {
  readonly linkType: number
  readonly bytes: string
}

/** A capture of one packet, in the byte order and unit of time of its magic. */
function capture({ linkType, bytes }: Frame, magic = 'd4c3b2a1'): Uint8Array {
  const order = magic.startsWith('a1') ? 'BE' : 'LE'
  const numbers = (values: readonly number[]) =>
    Buffer.concat(
      values.map((value) => {
        const four = Buffer.alloc(4)
        if (order === 'BE') four.writeUInt32BE(value)
        else four.writeUInt32LE(value)
        return four
      }),
    )
  const packet = hex(bytes)
  const fraction = magic.includes('4d') ? 250_000_000 : 250_000
  return Buffer.concat([
    hex(magic),
    numbers([0x0004_0002, 0, 0, 160, linkType]),
    numbers([1000, fraction, packet.length, packet.length]),
    packet,
  ])
}

function only<T>(items: Iterable<T>): T {
  const [item, ...rest] = items
  assert.ok(item !== undefined && rest.length === 0)
  return item
}

test('readPcap reads both byte orders and both units of time', () => {
  for (const magic of ['d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b23c4d']) {
    const frame = { linkType: LinkType.raw, bytes: ipv4 }
    const packet = only(readPcap(Uint8Array.from(capture(frame, magic))))
    assert.deepEqual({ ...packet }, { seconds: 1000.25, linkType: 101, bytes: hex(ipv4) }, magic)
  }
})

test('readPcap ends before a packet that is not whole', () => {
  const whole = capture({ linkType: LinkType.raw, bytes: ipv4 })
  assert.equal([...readPcap(Buffer.concat([whole, whole.subarray(24, 50)]))].length, 1)
  assert.equal([...readPcap(whole.subarray(0, -1))].length, 0)
  assert.equal([...readPcap(whole.subarray(0, 30))].length, 0)
})

test('readPcap says why it cannot read a file', () => {
  const huge = capture({ linkType: LinkType.raw, bytes: ipv4 })
  huge.set([0xff, 0xff, 0xff, 0xff], 32)
  const table: readonly [Uint8Array, string][] = [
    [hex(''), 'it has no file header'],
    [new Uint8Array(24), 'it begins with 00000000'],
    [hex(`0a0d0d0a ${'00'.repeat(24)}`), 'it is pcapng, convert it with "editcap -F pcap"'],
    [huge, 'a packet has 4294967295 bytes'],
  ]
  for (const [file, reason] of table) {
    assert.throws(() => [...readPcap(file)], { message: `Cannot read the capture: ${reason}` })
  }
})

const fromIpv4 = { source: '10.0.0.2:1025', destination: '10.0.0.1:69' }
const fromIpv6 = { source: '[fd77::52]:1025', destination: '[fd77::1]:69' }

test('udpIn finds the datagram below every link layer and IP header', () => {
  const table: readonly [number, string, object][] = [
    [LinkType.ethernet, `${ends} 0800 ${ipv4}`, fromIpv4],
    [LinkType.ethernet, `${ends} 0800 ${ipv4} 000000000000`, fromIpv4],
    [LinkType.ethernet, `${ends} 8100 0005 0800 ${ipv4}`, fromIpv4],
    [LinkType.ethernet, `${ends} 88a8 0005 8100 0006 86dd ${ipv6('11', udp)}`, fromIpv6],
    [LinkType.raw, ipv4, fromIpv4],
    [LinkType.ipv4, ipv4, fromIpv4],
    [LinkType.ipv6, ipv6('11', udp), fromIpv6],
    [LinkType.linuxSll, `0000 0001 0006 5254001234560000 0800 ${ipv4}`, fromIpv4],
    [
      LinkType.linuxSll2,
      `86dd 0000 00000003 0001 00 06 5254001234560000 ${ipv6('11', udp)}`,
      fromIpv6,
    ],
    [LinkType.raw, `46${ipv4.slice(2, -udp.length)} 01010101 ${udp}`, fromIpv4],
    [LinkType.raw, ipv6('00', `3c00 000000000000 1101 ${'00'.repeat(14)} ${udp}`), fromIpv6],
    [LinkType.raw, ipv6('2c', `1100 0001 00000000 ${udp}`), fromIpv6],
  ]
  for (const [linkType, bytes, ends] of table) {
    const { source, destination, payload, wireBytes } =
      udpIn({ seconds: 0, linkType, bytes: hex(bytes) }) ?? assert.fail(bytes)
    assert.deepEqual({ source, destination }, ends, bytes)
    assert.deepEqual(payload, hex('00040001'), bytes)
    assert.equal(wireBytes, 4)
  }
})

test('udpIn passes over what is not UDP, later fragments and what is too short', () => {
  const table: readonly [number, string][] = [
    [LinkType.ethernet, `${ends} 0806 ${ipv4}`],
    [LinkType.ethernet, ''],
    [LinkType.raw, ''],
    [LinkType.raw, `50 ${ipv4.slice(2)}`],
    [LinkType.raw, ipv4.replace('4011', '4006')],
    [LinkType.raw, ipv4.replace('0000 4000', '0000 20b9')],
    [LinkType.raw, ipv4.slice(0, 30)],
    [LinkType.raw, ipv4.slice(0, 60)],
    [LinkType.raw, ipv6('06', udp)],
    [LinkType.raw, ipv6('2c', `1100 00b8 00000000 ${udp}`)],
    [LinkType.raw, ipv6('00', `0000 000000000000`.repeat(20))],
  ]
  for (const [linkType, bytes] of table) {
    assert.equal(udpIn({ seconds: 0, linkType, bytes: hex(bytes) }), undefined, bytes)
  }
})

test('udpIn tells a link type that it does not know', () => {
  assert.throws(() => udpIn({ seconds: 0, linkType: 105, bytes: hex(ipv4) }), {
    message: 'Cannot read the capture: link type 105 is not known',
  })
})

test('udpIn keeps the length on the wire of a payload that was cut', () => {
  const long = ipv4.replace('000c 0000', '020c 0000')
  const datagram = udpIn({ seconds: 0, linkType: LinkType.raw, bytes: hex(long) })
  assert.equal(datagram?.wireBytes, 516)
  assert.deepEqual(datagram.payload, hex('00040001'))
})

/** A datagram by its ends, as `address:port`, and its payload. */
function datagram(source: string, destination: string, payload: string): UdpDatagram {
  const portOf = (end: string) => Number(end.slice(end.lastIndexOf(':') + 1))
  const bytes = hex(payload)
  return {
    seconds: 5,
    source,
    sourcePort: portOf(source),
    destination,
    destinationPort: portOf(destination),
    payload: bytes,
    wireBytes: bytes.length,
  }
}

const request = '0001 7800 6f6374657400'

test('tftpDatagrams takes requests, their answers from any port, and nothing else', () => {
  const found = tftpDatagrams([
    datagram('c:68', '255.255.255.255:67', '0101 0600'),
    datagram('c:2000', 's:4000', '0004 0001'),
    datagram('c:2000', '255.255.255.255:69', request),
    datagram('c:2000', 's:53', '0001 0000'),
    datagram('s:53', 'c:2001', '0001 0000'),
    datagram('s:4000', 'c:2000', '0003 0001 61'),
    datagram('c:2000', 's:4000', '0004 0001'),
    datagram('c:2000', 's:4001', '0004 0001'),
    datagram('c:2000', 's:4000', request),
    datagram('s:4000', 'c:2000', 'ffff'),
    datagram('d:2000', 's:6969', request),
  ])
  assert.deepEqual(
    found.map(({ route: { client, server, isFromClient } }) => [client, isFromClient, server]),
    [
      ['c:2000', true, '255.255.255.255:69'],
      ['c:2000', false, 's:4000'],
      ['c:2000', true, 's:4000'],
      ['c:2000', true, 's:4000'],
      ['d:2000', true, 's:6969'],
    ],
  )
})

test('tftpDatagrams tells directions apart when both ends share an address and port 69', () => {
  const found = tftpDatagrams([
    datagram('h:69', 'h:6969', request),
    datagram('h:6969', 'h:69', '0003 0001 61'),
    datagram('h:69', 'h:6969', '0004 0001'),
  ])
  assert.deepEqual(
    found.map(({ route }) => route.isFromClient),
    [true, false, true],
  )
})

/** `count` blocks, each with its ACK, of one transfer. */
function blocks(client: string, count: number): RecordedDatagram[] {
  return Array.from({ length: 2 * count }, (_, index) => {
    const opcode = index % 2 === 0 ? 3 : 4
    const route = { seconds: index, client, server: 's:4000', isFromClient: opcode === 4 }
    return { route, bytes: Uint8Array.of(0, opcode, 0, 1 + (index >> 1)) }
  })
}

test('thin leaves out the middle of a long transfer and nothing else', () => {
  const [first] = blocks('c:1', 1)
  assert.ok(first)
  const oack = { ...first, bytes: Uint8Array.of(0, 6) }
  const long = blocks('c:1', 50)
  assert.deepEqual(thin([oack, ...long, oack]), [
    oack,
    ...long.slice(0, 12),
    { leftOut: 80 },
    ...long.slice(-8),
    oack,
  ])
  const short = blocks('c:1', 12)
  assert.deepEqual(thin([oack, ...short]), [oack, ...short])
  const two = [...blocks('c:1', 12), ...blocks('c:2', 12)]
  assert.deepEqual(thin(two), two)
})

test('record turns a capture into a golden file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trivet-record-'))
  try {
    const rrq = ipv4.replace('000c 0000 00040001', '0013 0000 00017800 6f637465740000')
    const path = join(folder, 'switch.pcap')
    const out = join(folder, 'switch.hex')
    writeFileSync(path, capture({ linkType: LinkType.raw, bytes: rrq }))
    await run(process.execPath, [tool, path, '--out', out])
    const line = '0.000 10.0.0.2:1025 > 10.0.0.1:69 000178006f637465740000'
    assert.equal(readFileSync(out, 'utf8'), `# switch.pcap\n${line}\n`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('record says what is wrong, and ends with 2 when it was asked wrongly', async () => {
  const table: readonly [readonly string[], number, RegExp][] = [
    [[], 2, /^Usage: /],
    [[tool], 2, /^Usage: /],
    [[tool, tool, '--out', '/nonexistent/x'], 2, /^Usage: /],
    [['--unknown'], 2, /Unknown option/],
    [[tool, '--out', '/nonexistent/x'], 1, /^Cannot read the capture: it begins with /],
    [['/nonexistent/x', '--out', '/nonexistent/x'], 1, /ENOENT/],
  ]
  for (const [args, code, stderr] of table) {
    await assert.rejects(run(process.execPath, [tool, ...args]), { code, stderr })
  }
})
