import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAbort, encodeInput, encodeInputEnd, encodeStart } from './encode-request.ts'

// Goal: the bytes are those of the specification. Method: written out by hand.

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('encodeStart begins a responder request and ends its parameters', () => {
  const bytes = encodeStart({ params: { A: 'xyz', EMPTY: '' }, keepsConnection: true })
  assert.equal(
    hex(bytes),
    [
      '0101000100080000', // BEGIN_REQUEST, request 1, 8 bytes
      '0001010000000000', // responder, keep the connection
      '01040001000d0000', // PARAMS, 13 bytes
      '01034178797a',
      '0500454d505459',
      '0104000100000000', // the end of PARAMS
    ].join(''),
  )
})

test('encodeStart asks to close the connection unless it is kept', () => {
  assert.equal(encodeStart({ params: {}, keepsConnection: false })[10], 0)
})

test('encodeStart gives lengths in bytes of UTF-8, over 127 in four bytes', () => {
  const value = 'é'.repeat(64)
  const text = hex(encodeStart({ params: { N: value }, keepsConnection: false }))
  assert.ok(text.includes(`01800000804e${Buffer.from(value).toString('hex')}`))
  const short = hex(encodeStart({ params: { N: 'a'.repeat(127) }, keepsConnection: false }))
  assert.ok(short.includes('017f4e61'))
})

test('encodeStart cuts long parameters into records of at most 65535 bytes', () => {
  const bytes = encodeStart({ params: { N: 'v'.repeat(70_000) }, keepsConnection: false })
  const second = 16 + 8 + 65_535
  assert.equal(hex(bytes.subarray(16, 24)), '01040001ffff0000')
  assert.equal(hex(bytes.subarray(second, second + 8)), '0104000111770000')
  assert.equal(bytes.length, second + 8 + 0x1177 + 8)
})

test('encodeInput cuts input into records and never gives its end', () => {
  assert.equal(hex(encodeInput(Buffer.from('abc'))), '0105000100030000616263')
  assert.equal(encodeInput(new Uint8Array(0)).length, 0)
  assert.equal(encodeInput(new Uint8Array(65_535)).length, 65_535 + 8)
  assert.equal(encodeInput(new Uint8Array(65_536)).length, 65_536 + 16)
})

test('encodeInputEnd is an empty STDIN record, encodeAbort an ABORT_REQUEST', () => {
  assert.equal(hex(encodeInputEnd()), '0105000100000000')
  assert.equal(hex(encodeAbort()), '0102000100000000')
})
