import assert from 'node:assert/strict'
import { isIPv6 } from 'node:net'
import { test } from 'node:test'
import * as fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { formatIpv6, parseIpv6 } from './ipv6.ts'

const groups = fc.array(
  fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 0xffff })),
  { minLength: 8, maxLength: 8 },
)

test('formatIpv6 writes what parseIpv6 reads, for every address', () => {
  fc.assert(fc.property(groups, (all) => assert.deepEqual(parseIpv6(formatIpv6(all)), all)))
})

test('formatIpv6 writes as RFC 5952 says, as an established library does', () => {
  fc.assert(
    fc.property(groups, (all) => {
      assert.equal(formatIpv6(all), new ipaddr.IPv6(all).toRFC5952String())
    }),
  )
})

test('parseIpv6 takes exactly what the runtime takes', () => {
  const text = fc
    .array(fc.constantFrom('0', '1', 'a', 'FFFF', '12345', ':', ':', '::', '1.2.3.4', 'g'), {
      maxLength: 16,
    })
    .map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(text, (one) => {
      assert.equal(parseIpv6(one) !== undefined, isIPv6(one), one)
    }),
    { numRuns: 2000 },
  )
})

const read: readonly [string, string | undefined][] = [
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['FE80:0:0:0:0:0:0:1', 'fe80::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ['1:2:3:4:5:6:7', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1::2::3', undefined],
  [':1:2:3:4:5:6:7', undefined],
  ['1:2:3:4:5:6:7:', undefined],
  ['::12345', undefined],
  ['::1.2.3.256', undefined],
  ['::1.2.3', undefined],
  ['1.2.3.4', undefined],
  ['', undefined],
]
for (const [text, expected] of read) {
  test(`parseIpv6 ${expected === undefined ? 'refuses' : 'reads'} "${text}"`, () => {
    const all = parseIpv6(text)
    assert.equal(all && formatIpv6(all), expected)
  })
}
