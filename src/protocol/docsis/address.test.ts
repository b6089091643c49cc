import assert from 'node:assert/strict'
import { isIPv4, isIPv6 } from 'node:net'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from './address.ts'

const bytes = (count: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: count, maxLength: count })

test('parseIpv4, parseIpv6 and parseMac read what is written of every address', () => {
  fc.assert(
    fc.property(bytes(4), bytes(16), bytes(6), (four, six, mac) => {
      assert.deepEqual(parseIpv4(formatIpv4(four)), four)
      assert.deepEqual(parseIpv6(formatIpv6(six)), six)
      assert.deepEqual(parseMac(formatMac(mac) ?? ''), mac)
    }),
  )
})

test('parseIpv4 and parseIpv6 take what the runtime takes', () => {
  const near = fc.string({ unit: fc.constantFrom(...Array.from('0123456789af:.')), maxLength: 20 })
  fc.assert(
    fc.property(fc.oneof(near, fc.ipV4(), fc.ipV6()), (text) => {
      assert.equal(parseIpv4(text) !== undefined, isIPv4(text), text)
      assert.equal(parseIpv6(text) !== undefined, isIPv6(text), text)
    }),
  )
})

test('formatIpv6 writes the short form, and parseIpv6 a gap at either end', () => {
  const loopback = Uint8Array.from({ length: 16 }, (_, index) => (index === 15 ? 1 : 0))
  assert.equal(formatIpv6(loopback), '::1')
  assert.deepEqual(parseIpv6('::1'), loopback)
  assert.equal(formatIpv6(parseIpv6('2001:DB8:0:0:1::') ?? new Uint8Array(16)), '2001:db8:0:0:1::')
})
