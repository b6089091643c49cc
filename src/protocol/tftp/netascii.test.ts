import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'

import { NetasciiDecoder, NetasciiEncoder, netasciiEncodedBytes } from './netascii.ts'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'))

interface Converter {
  readonly convert: (chunk: Uint8Array) => Uint8Array
  readonly end: () => Uint8Array
}

function encoder(): Converter {
  const netascii = new NetasciiEncoder()
  return { convert: (chunk) => netascii.encode(chunk), end: () => netascii.end() }
}

function decoder(): Converter {
  const netascii = new NetasciiDecoder()
  return { convert: (chunk) => netascii.decode(chunk), end: () => netascii.end() }
}

function convert({ convert, end }: Converter, chunks: readonly Uint8Array[]): Uint8Array {
  const pieces = chunks.map((chunk) => Uint8Array.from(convert(chunk)))
  return Uint8Array.from(Buffer.concat([...pieces, end()]))
}

test('NetasciiEncoder writes LF as CR LF and CR as CR NUL', () => {
  const table: readonly [string, string][] = [
    ['', ''],
    ['plain', 'plain'],
    ['a\nb\n', 'a\r\nb\r\n'],
    ['a\rb', 'a\r\0b'],
    ['dos\r\n', 'dos\r\0\r\n'],
    ['\r\r\n\n', '\r\0\r\0\r\n\r\n'],
    ['\0\xff', '\0\xff'],
  ]
  for (const [file, wire] of table) {
    assert.deepEqual(convert(encoder(), [bytes(file)]), bytes(wire), JSON.stringify(file))
  }
})

test('NetasciiDecoder undoes pairs and keeps a CR that is in none', () => {
  const table: readonly [string, string][] = [
    ['', ''],
    ['plain', 'plain'],
    ['a\r\nb\r\n', 'a\nb\n'],
    ['a\r\0b', 'a\rb'],
    ['a\rb', 'a\rb'],
    ['a\nb', 'a\nb'],
    ['\r', '\r'],
    ['\r\r', '\r\r'],
    ['\r\r\n', '\r\n'],
    ['\r\r\0', '\r\r'],
    ['\r\0\0', '\r\0'],
    ['\r\0\n', '\r\n'],
    ['\0\n\0', '\0\n\0'],
  ]
  for (const [wire, file] of table) {
    assert.deepEqual(convert(decoder(), [bytes(wire)]), bytes(file), JSON.stringify(wire))
    const single = [...bytes(wire)].map((byte) => Uint8Array.of(byte))
    assert.deepEqual(convert(decoder(), single), bytes(file), `${JSON.stringify(wire)} by bytes`)
  }
})

test('NetasciiDecoder gives a last CR once', () => {
  const netascii = new NetasciiDecoder()
  netascii.decode(bytes('a\r'))
  assert.deepEqual(netascii.end(), bytes('\r'))
  assert.deepEqual(netascii.end(), bytes(''))
})

test('NetasciiEncoder and NetasciiDecoder pass on a chunk in which nothing changes', () => {
  const chunk = bytes('no line ends')
  assert.equal(new NetasciiEncoder().encode(chunk), chunk)
  assert.equal(new NetasciiDecoder().decode(chunk), chunk)
})

/** Text dense in the bytes that matter. */
const texts = fc.uint8Array({ maxLength: 60 }).map((any) => {
  const special = [0x0d, 0x0a, 0x00]
  return any.map((byte) => special[byte % 5] ?? byte)
})
const cuts = fc.array(fc.nat({ max: 120 }), { maxLength: 6 })

function cutAt(text: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.filter((place) => place <= text.length), text.length]
  ends.sort((left, right) => left - right)
  return ends.map((end, index) => text.subarray(ends[index - 1] ?? 0, end))
}

test('NetasciiEncoder encodes alike wherever the chunks are cut', () => {
  fc.assert(
    fc.property(texts, cuts, (text, places) => {
      const whole = convert(encoder(), [text])
      assert.deepEqual(convert(encoder(), cutAt(text, places)), whole)
      assert.equal(netasciiEncodedBytes(text), whole.length)
    }),
  )
})

test('NetasciiDecoder returns what was encoded, wherever the chunks are cut', () => {
  fc.assert(
    fc.property(texts, cuts, (text, places) => {
      const wire = convert(encoder(), [text])
      assert.deepEqual(convert(decoder(), cutAt(wire, places)), text)
    }),
  )
})

test('NetasciiDecoder decodes anything alike wherever the chunks are cut', () => {
  fc.assert(
    fc.property(texts, cuts, (wire, places) => {
      assert.deepEqual(convert(decoder(), cutAt(wire, places)), convert(decoder(), [wire]))
    }),
  )
})
