import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AddressError, formatListenAddress, parseListenAddress } from './addresses.ts'

describe('parseListenAddress', () => {
  const rows: readonly (readonly [string, string, number])[] = [
    ['127.0.0.1:6969', '127.0.0.1', 6969],
    ['0.0.0.0', '0.0.0.0', 69],
    ['[::1]:6969', '::1', 6969],
    ['[::1]', '::1', 69],
    ['::1', '::1', 69],
    ['::', '::', 69],
    ['[::]:0', '::', 0],
    ['fe80::1%eth0', 'fe80::1%eth0', 69],
    ['[fe80::1%eth0]:6969', 'fe80::1%eth0', 6969],
    [':69', '0.0.0.0', 69],
    ['6969', '0.0.0.0', 6969],
    ['*:6969', '0.0.0.0', 6969],
    ['localhost', '127.0.0.1', 69],
    ['localhost:65535', '127.0.0.1', 65_535],
    [' 10.0.0.1:69 ', '10.0.0.1', 69],
  ]
  for (const [text, address, port] of rows) {
    test(`parseListenAddress reads "${text}"`, () =>
      assert.deepEqual(parseListenAddress(text, 69), { address, port }))
  }

  const wrong = [
    ['', ':', 'a', '10.0.0.1:', '10.0.0:69', '10.0.0.256:69', '127.0.0.1:65536', '70000'],
    ['example.org:69', '[::1', '[::1]:', '[::1]69', '[127.0.0.1]:69', '127.0.0.1:-1', '[]:69'],
    ['127.0.0.1:69x', '127.0.0.1:0x45', 'http://127.0.0.1:80', '127.0.0.1/8', 'fe80::zz%eth0'],
  ].flat()
  for (const text of wrong) {
    test(`parseListenAddress refuses "${text}" and quotes it`, () =>
      assert.throws(() => parseListenAddress(text, 69), new AddressError(text)))
  }
})

test('formatListenAddress writes what parseListenAddress reads', () => {
  for (const text of ['127.0.0.1:69', '[::1]:6969', '[fe80::1%eth0]:69']) {
    assert.equal(formatListenAddress(parseListenAddress(text, 1)), text)
  }
})
