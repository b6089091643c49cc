import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Ipv6Spellings, ipv4PeerKey, ipv6PeerKey } from './peer-key.ts'

test('ipv4PeerKey is the address as a number, and the port', () => {
  const octet = fc.integer({ min: 0, max: 255 })
  const address = fc.tuple(fc.integer({ min: 1, max: 223 }), octet, octet, octet)
  fc.assert(
    fc.property(address, fc.integer({ min: 1, max: 65_535 }), ([a, b, c, d], port) => {
      const bits = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d
      const key = ipv4PeerKey(`${a}.${b}.${c}.${d}`, port)
      assert.equal(key, bits * 65_536 + port)
      assert.ok(Number.isSafeInteger(key))
    }),
  )
})

test('ipv4PeerKey refuses peers that no answer may go to', () => {
  for (const address of ['0.0.0.0', '0.1.2.3', '224.0.0.1', '240.0.0.1', '255.255.255.255']) {
    assert.equal(ipv4PeerKey(address, 2000), undefined, address)
  }
  assert.equal(ipv4PeerKey('10.0.0.1', 0), undefined)
  assert.notEqual(ipv4PeerKey('223.255.255.255', 1), undefined)
})

test('Ipv6Spellings brings an address to one spelling and keeps its scope', () => {
  const spellings = new Ipv6Spellings()
  assert.equal(spellings.normalise('2001:DB8:0:0:0:0:0:1'), '2001:db8::1')
  for (const scope of ['eth0', 'br-lan', 'eth0.100', 'wg_0']) {
    assert.equal(spellings.normalise(`fe80::1%${scope}`), `fe80::1%${scope}`)
  }
})

test('Ipv6Spellings refuses peers that no answer may go to, each time', () => {
  const spellings = new Ipv6Spellings()
  for (const address of ['::', 'ff02::1', 'ff02::1%eth0', '::ffff:10.0.0.1', 'nonsense']) {
    assert.equal(spellings.normalise(address), undefined, address)
    assert.equal(spellings.normalise(address), undefined, address)
  }
})

test('ipv6PeerKey tells scopes and ports apart', () => {
  const keys = [
    ipv6PeerKey('fe80::1%eth0', 1),
    ipv6PeerKey('fe80::1%eth1', 1),
    ipv6PeerKey('fe80::1%eth0', 2),
  ]
  assert.equal(keys[0], '[fe80::1%eth0]:1')
  assert.equal(new Set(keys).size, 3)
})
