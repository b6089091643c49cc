import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import {
  decodePacket,
  encodeAck,
  encodeError,
  encodeOack,
  encodePause,
  encodeRequest,
  type Packet,
  writeDataHeader,
} from '../../src/protocol/tftp/packet.ts'
import { negotiate, readOack } from '../../src/protocol/tftp/options.ts'
import type { TftpRequest } from '../../src/protocol/tftp/server-events.ts'
import {
  formatGoldenLine,
  type GoldenLine,
  parseGoldenFile,
} from '../../tools/record/golden-file.ts'

const folder = import.meta.dirname
const files = readdirSync(folder).filter((name) => name.endsWith('.hex'))

/** Read like any other, but not written back the same; its comments say why. */
const sloppyFile = 'sloppy.hex'
const writtenByHand = ['rfc.hex', 'pause.hex', sloppyFile]

function linesOf(file: string): GoldenLine[] {
  return parseGoldenFile(readFileSync(join(folder, file), 'utf8'))
}

function place(file: string, { lineNumber }: GoldenLine): string {
  return `${file}:${lineNumber}`
}

/** The packet as Trivet would send it. */
function encode(packet: Packet): Uint8Array {
  switch (packet.opcode) {
    case 'rrq':
    case 'wrq':
      return encodeRequest(packet.request)
    case 'oack':
      return encodeOack(packet.options)
    case 'error':
      return encodeError(packet)
    case 'ack':
      return encodeAck(packet.blockNumber)
    case 'pause':
      return encodePause(packet.seconds)
    case 'data': {
      const datagram = new Uint8Array(4 + packet.payload.length)
      writeDataHeader(datagram, 0, packet.blockNumber)
      datagram.set(packet.payload, 4)
      return datagram
    }
  }
}

test('golden files are there', () => {
  assert.ok(files.length >= 37, `only ${files.length} golden files`)
})

test('decodePacket reads every golden packet, and it is encoded as it was', () => {
  for (const file of files.filter((name) => name !== sloppyFile)) {
    for (const line of linesOf(file)) {
      assert.deepEqual(encode(decodePacket(line.bytes)), line.bytes, place(file, line))
    }
  }
})

test('decodePacket bears what senders get wrong, and it is encoded as it should be', () => {
  for (const line of linesOf(sloppyFile)) {
    const packet = decodePacket(line.bytes)
    const encoded = encode(packet)
    assert.notDeepEqual(encoded, line.bytes, `${place(sloppyFile, line)} is not sloppy`)
    assert.deepEqual(decodePacket(encoded), packet)
  }
})

test('decodePacket finds every kind of packet among them', () => {
  const packets = files.flatMap((file) => linesOf(file).map(({ bytes }) => decodePacket(bytes)))
  const opcodes = new Set(packets.map(({ opcode }) => opcode))
  assert.deepEqual([...opcodes].sort(), ['ack', 'data', 'error', 'oack', 'pause', 'rrq', 'wrq'])
})

/** Requests, each with every OACK that came back to its port before the next one from there. */
function answeredRequests(file: string) {
  const asked = new Map<string, TftpRequest>()
  return linesOf(file).flatMap((line) => {
    const packet = decodePacket(line.bytes)
    const client = line.route?.client ?? ''
    if ('request' in packet) asked.set(client, packet.request)
    const request = asked.get(client)
    if (packet.opcode !== 'oack' || !request || !line.route) return []
    return [{ at: place(file, line), request, answered: packet.options }]
  })
}

test('readOack accepts what real servers answered to real clients', () => {
  let count = 0
  for (const { at, request, answered } of files.flatMap(answeredRequests)) {
    count += 1
    assert.deepEqual(readOack(request.options, answered).acknowledged, answered, at)
  }
  assert.ok(count > 500, `only ${count} answers`)
})

test('negotiate grants real clients at least what real servers granted', () => {
  for (const { at, request, answered } of files.flatMap(answeredRequests)) {
    const sizeBytes = Number(answered.get('tsize') ?? 0)
    const limits = { payloadBytesMax: 1472, windowBlocksMax: 64, sizeBytes }
    const { acknowledged } = negotiate(request, limits)
    for (const [name, value] of answered) {
      // An empty file has no tsize here: some clients refuse `tsize=0`.
      if (name !== 'tsize' || sizeBytes > 0) assert.equal(acknowledged.get(name), value, at)
    }
    const order = [...request.options.keys()].filter((name) => acknowledged.has(name))
    assert.deepEqual([...acknowledged.keys()], order, at)
  }
})

test('formatGoldenLine writes every recorded line as it stands in its file', () => {
  for (const file of files.filter((name) => !writtenByHand.includes(name))) {
    const text = readFileSync(join(folder, file), 'utf8')
    const written = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    assert.deepEqual(linesOf(file).map(formatGoldenLine), written, file)
  }
})

test('parseGoldenFile reads hand-written lines and says which it cannot read', () => {
  const text =
    '# comment\n\n0004 0001   # ACK 1\n0.250 10.0.0.1:9 < [fd00::1]:69 0003000161 cut 516\n'
  assert.deepEqual(parseGoldenFile(text), [
    { lineNumber: 3, bytes: Uint8Array.of(0, 4, 0, 1) },
    {
      lineNumber: 4,
      route: { seconds: 0.25, client: '10.0.0.1:9', server: '[fd00::1]:69', isFromClient: false },
      bytes: Uint8Array.of(0, 3, 0, 1, 0x61),
      wireBytes: 516,
    },
  ])
  for (const broken of ['000', '0G', '1.0 a > b 0004', '0004 cut', '0004 0']) {
    assert.throws(() => parseGoldenFile(`\n${broken}\n`), {
      message: `Cannot read line 2 of the golden file: ${broken}`,
    })
  }
})
