import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'

import { Refusal } from '../../base/refusal.ts'
import {
  decodeError,
  decodeOack,
  decodePacket,
  decodePause,
  decodeRequest,
  encodeAck,
  encodeError,
  encodeOack,
  encodePause,
  encodeRequest,
  readUint16,
  writeDataHeader,
  writeUint16,
} from './packet.ts'
import type { TftpRequest } from './server-events.ts'

/** Bytes of a string, one for each character; `\0` ends a string of the wire. */
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'))
const rrq = (rest: string) => bytes(`\0\x01${rest}`)
const isMalformed = (message: string) => (error: unknown) =>
  error instanceof Refusal && error.code === 'MALFORMED_REQUEST' && error.message === message

test('decodeRequest reads kind, name, mode and options', () => {
  const request = decodeRequest(bytes('\0\x02a/b.cfg\0octet\0blksize\x001428\0tsize\x000\0'))
  assert.equal(request.kind, 'write')
  assert.deepEqual(request.filename, bytes('a/b.cfg'))
  assert.equal(request.mode, 'octet')
  assert.deepEqual(
    [...request.options],
    [
      ['blksize', '1428'],
      ['tsize', '0'],
    ],
  )
})

test('decodeRequest takes the mode in any case', () => {
  for (const [sent, mode] of [
    ['OCTET', 'octet'],
    ['NetAscii', 'netascii'],
  ]) {
    assert.equal(decodeRequest(rrq(`x\0${sent}\0`)).mode, mode)
  }
})

test('decodeRequest keeps name and values byte for byte', () => {
  const all = Uint8Array.from({ length: 255 }, (_, index) => index + 1)
  const text = Buffer.from(all).toString('latin1')
  const request = decodeRequest(rrq(`${text}\0octet\0vendor\0${text}\0`))
  assert.deepEqual(request.filename, all)
  assert.equal(request.options.get('vendor'), text)
})

test('decodeRequest copies the name out of the datagram', () => {
  const datagram = rrq('x\0octet\0')
  const { filename } = decodeRequest(datagram)
  datagram.fill(0)
  assert.deepEqual(filename, bytes('x'))
})

test('decodeRequest takes a name as long as the datagram', () => {
  const name = 'n'.repeat(65_000)
  assert.equal(decodeRequest(rrq(`${name}\0octet\0`)).filename.length, 65_000)
})

test('decodeRequest says what is wrong', () => {
  const table: readonly [Uint8Array, string][] = [
    [bytes(''), 'it has 0 bytes, too few for an opcode'],
    [bytes('\0'), 'it has 1 bytes, too few for an opcode'],
    [bytes('\0\x01'), 'the file name has no NUL'],
    [rrq('name'), 'the file name has no NUL'],
    [rrq('\0octet\0'), 'the file name is empty'],
    [rrq('x\0'), 'the mode has no NUL'],
    [rrq('x\0octet'), 'the mode has no NUL'],
    [rrq('x\0\0'), 'mode "" is unknown, use "octet" or "netascii"'],
    [rrq('x\0binary\0'), 'mode "binary" is unknown, use "octet" or "netascii"'],
    [rrq('x\0octet\x1b[2J\0'), 'mode "octet?[2J…" is unknown, use "octet" or "netascii"'],
    [rrq('x\0octetoctetoctet\0'), 'mode "octetocte…" is unknown, use "octet" or "netascii"'],
    [rrq('x\0Mail\0'), 'mode "mail" is not supported, use "octet" or "netascii"'],
    [bytes('\0\x03x\0octet\0'), 'opcode 3 is not expected'],
    [bytes('\x01\x01x\0octet\0'), 'opcode 257 is not expected'],
  ]
  for (const [datagram, reason] of table) {
    const message = `Cannot decode the request: ${reason}`
    assert.throws(() => decodeRequest(datagram), isMalformed(message))
  }
})

test('decodeRequest leaves broken options out and never fails on them', () => {
  const table: readonly [string, Record<string, string>][] = [
    ['', {}],
    ['BlkSize\x001428\0', { blksize: '1428' }],
    ['blksize\x001428\0BLKSIZE\x00512\0', { blksize: '1428' }],
    ['blksize\x001428\0tsize\0', { blksize: '1428' }],
    ['blksize\x001428\0tsize\x000', { blksize: '1428' }],
    ['blksize\x001428\0tsiz', { blksize: '1428' }],
    ['\x005\0blksize\x001428\0', { blksize: '1428' }],
    ['\0\0\0\0\0', {}],
    ['blksize\x001428\0\0\0\0\xff\xfe', { blksize: '1428' }],
    ['tsize\0\0blksize\x00x\0', { tsize: '', blksize: 'x' }],
    [`${'n'.repeat(513)}\x001\0blksize\x00${'9'.repeat(513)}\0tsize\x000\0`, { tsize: '0' }],
    [
      '__proto__\x001\0constructor\x002\0',
      Object.fromEntries([
        ['__proto__', '1'],
        ['constructor', '2'],
      ]),
    ],
  ]
  for (const [sent, options] of table) {
    const decoded = decodeRequest(rrq(`x\0octet\0${sent}`)).options
    assert.deepEqual([...decoded], Object.entries(options), JSON.stringify(sent))
  }
})

test('decodeRequest looks at 32 options', () => {
  const sent = Array.from({ length: 40 }, (_, index) => `o${index}\0${index}\0`).join('')
  assert.equal(decodeRequest(rrq(`x\0octet\0${sent}`)).options.size, 32)
  const repeated = `${'a\x001\0'.repeat(32)}b\x001\0`
  assert.deepEqual([...decodeRequest(rrq(`x\0octet\0${repeated}`)).options.keys()], ['a'])
})

test('encodeRequest writes name and value of each option with its NUL', () => {
  const request: TftpRequest = {
    kind: 'read',
    filename: bytes('foobar'),
    mode: 'octet',
    options: new Map([
      ['tsize', '0'],
      ['blksize', '1432'],
    ]),
  }
  assert.deepEqual(encodeRequest(request), rrq('foobar\0octet\0tsize\x000\0blksize\x001432\0'))
})

test('encodeRequest refuses what cannot be sent', () => {
  const request: TftpRequest = {
    kind: 'read',
    filename: bytes('x'),
    mode: 'octet',
    options: new Map(),
  }
  const table: readonly [Partial<TftpRequest>, string][] = [
    [{ filename: bytes('') }, 'Cannot encode the request: the file name is empty'],
    [{ filename: bytes('a\0b') }, 'Cannot encode the request: the file name holds NUL'],
    [
      { options: new Map([['a', '1\0']]) },
      'Cannot encode "1\\u0000": U+0000 does not fit in a byte',
    ],
    [{ options: new Map([['€', '1']]) }, 'Cannot encode "€": U+20AC does not fit in a byte'],
  ]
  for (const [part, message] of table) {
    assert.throws(() => encodeRequest({ ...request, ...part }), isMalformed(message))
  }
})

test('decodeOack reads names in lower case and leaves broken options out', () => {
  const oack = bytes('\0\x06TSIZE\x0033\0blksize\x001408\0rest')
  assert.deepEqual(
    [...decodeOack(oack)],
    [
      ['tsize', '33'],
      ['blksize', '1408'],
    ],
  )
  assert.equal(decodeOack(bytes('\0\x06')).size, 0)
})

test('decodeError tolerates a missing NUL and a missing message', () => {
  const table: readonly [string, { code: number; message: string }][] = [
    ['\0\x01File not found\0', { code: 1, message: 'File not found' }],
    ['\0\x01File not found', { code: 1, message: 'File not found' }],
    ['\0\x08\0', { code: 8, message: '' }],
    ['\0\x08', { code: 8, message: '' }],
    ['\xff\xffx\0junk\0', { code: 65_535, message: 'x' }],
  ]
  for (const [sent, error] of table) assert.deepEqual(decodeError(bytes(`\0\x05${sent}`)), error)
})

test('decodeError makes the message safe to show', () => {
  const message = (sent: string) => decodeError(bytes(`\0\x05\0\0${sent}\0`)).message
  assert.equal(message('a\r\n\tb'), 'a b')
  assert.equal(message('\x1b[31mred\x07'), '?[31mred?')
  assert.equal(message(Buffer.from('à \u202e \u200b').toString('latin1')), 'à ? ?')
  assert.equal(message('\xe9t\xe9'), '\ufffdt\ufffd')
  assert.equal(message('x'.repeat(60_000)).length, 512)
  const long = message(Buffer.from(`x${'😀'.repeat(300)}`).toString('latin1'))
  assert.equal(long.length, 512)
  assert.ok(long.isWellFormed())
})

test('encodeError cuts the message to 200 bytes between characters', () => {
  const encoded = encodeError({ code: 0, message: `a${'é'.repeat(150)}` })
  assert.equal(encoded.length, 4 + 199 + 1)
  assert.deepEqual(decodeError(encoded), { code: 0, message: `a${'é'.repeat(99)}` })
})

test('encodeError sends one line without control characters', () => {
  const encoded = encodeError({ code: 4, message: 'line 1\nline\0 2\x1b' })
  assert.deepEqual(encoded, bytes('\0\x05\0\x04line 1 line? 2?\0'))
})

test('encodeAck and writeDataHeader write block numbers in network order', () => {
  assert.deepEqual(encodeAck(0xabcd), Uint8Array.of(0, 4, 0xab, 0xcd))
  const slab = new Uint8Array(6).fill(9)
  writeDataHeader(slab, 1, 65_535)
  assert.deepEqual(slab, Uint8Array.of(9, 0, 3, 255, 255, 9))
})

test('readUint16 reads what writeUint16 wrote, and 0 beyond the end', () => {
  const four = new Uint8Array(4)
  writeUint16(four, 1, 0xfedc)
  assert.equal(readUint16(four, 1), 0xfedc)
  assert.equal(readUint16(four, 3), 0)
  assert.equal(readUint16(four, 9), 0)
})

test('decodePacket tells the packets of RFC 1350 and RFC 2347 and PAUSE apart', () => {
  const request = { filename: bytes('x'), mode: 'octet', options: new Map() }
  const table: readonly [string, object][] = [
    ['\0\x01x\0octet\0', { opcode: 'rrq', request: { kind: 'read', ...request } }],
    ['\0\x02x\0octet\0', { opcode: 'wrq', request: { kind: 'write', ...request } }],
    ['\0\x03\0\x01abc', { opcode: 'data', blockNumber: 1, payload: bytes('abc') }],
    ['\0\x03\xff\xff', { opcode: 'data', blockNumber: 65_535, payload: bytes('') }],
    ['\0\x04\x01\x02', { opcode: 'ack', blockNumber: 258 }],
    ['\0\x04\x01\x02padding', { opcode: 'ack', blockNumber: 258 }],
    ['\0\x05\0\x01no\0', { opcode: 'error', code: 1, message: 'no' }],
    ['\0\x06blksize\x008\0', { opcode: 'oack', options: new Map([['blksize', '8']]) }],
    ['\0\x07\0\x05', { opcode: 'pause', seconds: 5 }],
    ['\0\x07\xff\xffmaking\0', { opcode: 'pause', seconds: 65_535 }],
  ]
  for (const [sent, packet] of table) assert.deepEqual(decodePacket(bytes(sent)), packet)
})

test('decodePacket refuses unknown opcodes and what is too short', () => {
  const table: readonly [string, string][] = [
    ['', 'packet: it has 0 bytes, too few for an opcode'],
    ['\0\0', 'packet: opcode 0 is not expected'],
    ['\0\x08\0\x01', 'packet: opcode 8 is not expected'],
    ['\0\x03\0', 'DATA: it has 3 bytes, at least 4 are needed'],
    ['\0\x04', 'ACK: it has 2 bytes, at least 4 are needed'],
    ['\0\x05\0', 'ERROR: it has 3 bytes, at least 4 are needed'],
    ['\0\x07\0', 'PAUSE: it has 3 bytes, at least 4 are needed'],
  ]
  for (const [sent, reason] of table) {
    assert.throws(() => decodePacket(bytes(sent)), isMalformed(`Cannot decode the ${reason}`))
  }
})

test('decodePause refuses what is no PAUSE', () => {
  const table: readonly [string, string][] = [
    ['', 'it has 0 bytes, too few for an opcode'],
    ['\0\x06\0\x01', 'opcode 6 is not expected'],
    ['\0\x07', 'it has 2 bytes, at least 4 are needed'],
  ]
  for (const [sent, reason] of table) {
    assert.throws(() => decodePause(bytes(sent)), isMalformed(`Cannot decode the PAUSE: ${reason}`))
  }
})

test('decodePause returns the seconds that encodePause wrote, whatever follows', () => {
  assert.deepEqual(encodePause(258), bytes('\0\x07\x01\x02'))
  const rest = fc.uint8Array({ maxLength: 20 })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65_535 }), rest, (seconds, rest) => {
      assert.equal(decodePause(Uint8Array.of(...encodePause(seconds), ...rest)), seconds)
    }),
  )
})

const latin1 = (minLength: number, maxLength: number) =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { minLength, maxLength })
    .map((codes) => String.fromCharCode(...codes))
const options = fc
  .array(
    fc.tuple(
      latin1(1, 20).map((name) => name.toLowerCase()),
      latin1(0, 20),
    ),
    { maxLength: 32 },
  )
  .map((pairs) => new Map(pairs))
const requests: fc.Arbitrary<TftpRequest> = fc.record(
  {
    kind: fc.constantFrom('read' as const, 'write' as const),
    filename: latin1(1, 300).map(bytes),
    mode: fc.constantFrom('octet' as const, 'netascii' as const),
    options,
  },
  { noNullPrototype: true },
)

test('decodeRequest returns every request that encodeRequest wrote', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const decoded = decodeRequest(encodeRequest(request))
      assert.deepEqual(decoded, request)
      assert.deepEqual([...decoded.options.keys()], [...request.options.keys()])
    }),
  )
})

test('decodeOack returns all options that encodeOack wrote', () => {
  fc.assert(
    fc.property(options, (written) => {
      assert.deepEqual([...decodeOack(encodeOack(written))], [...written])
    }),
  )
})

test('decodeError returns every plain message that encodeError wrote', () => {
  const messages = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => {
    return !/[\p{C}\p{Z}]/u.test(text) && Buffer.byteLength(text) <= 200
  })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65_535 }), messages, (code, message) => {
      assert.deepEqual(decodeError(encodeError({ code, message })), { code, message })
    }),
  )
})

test('decoders throw nothing but Refusal, whatever comes', () => {
  const datagrams = fc
    .tuple(fc.integer({ min: 0, max: 8 }), fc.uint8Array({ maxLength: 80 }))
    .map(([opcode, rest]) => Uint8Array.of(0, opcode, ...rest))
  fc.assert(
    fc.property(fc.oneof(datagrams, fc.uint8Array({ maxLength: 5 })), (datagram) => {
      for (const decode of [decodePacket, decodeRequest, decodeOack, decodeError, decodePause]) {
        try {
          decode(datagram)
        } catch (error) {
          assert.ok(error instanceof Refusal, String(error))
        }
      }
    }),
    { numRuns: 2000 },
  )
})
