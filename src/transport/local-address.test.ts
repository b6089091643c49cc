import assert from 'node:assert/strict'
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import {
  broadcastAddress,
  describeAddress,
  describeInterfaces,
  isNeighbour,
  type LocalAddress,
  payloadBytesMax,
  systemLocalAddresses,
} from './local-address.ts'

const ethernet: LocalAddress = {
  address: '192.0.2.2',
  family: 'IPv4',
  interfaceName: 'eth0',
  interfaceIndex: 0,
  prefixBits: 24,
  isLoopback: false,
  mtuBytes: 1400,
}

test('describeInterfaces gives link-local addresses their scope, and others none', () => {
  const common = { netmask: '', mac: '', internal: false, family: 'IPv6' } as const
  const infos: NetworkInterfaceInfo[] = [
    { ...common, address: 'fd00::2', cidr: 'fd00::2/64', scopeid: 0 },
    { ...common, address: 'fe80::2', cidr: 'fe80::2/64', scopeid: 4 },
  ]
  const described = describeInterfaces({ 'br-lan': infos }, () => 9000)
  assert.deepEqual(
    described.map(({ address, interfaceIndex }) => [address, interfaceIndex]),
    [
      ['fd00::2', 0],
      ['fe80::2%br-lan', 4],
    ],
  )
  assert.deepEqual(described[0], {
    address: 'fd00::2',
    family: 'IPv6',
    interfaceName: 'br-lan',
    interfaceIndex: 0,
    prefixBits: 64,
    isLoopback: false,
    mtuBytes: 9000,
  })
})

test('systemLocalAddresses lists what the system lists', () => {
  const counts = Object.values(networkInterfaces()).map((addresses) => addresses?.length ?? 0)
  const listed = systemLocalAddresses()
  assert.equal(
    listed.length,
    counts.reduce((sum, count) => sum + count, 0),
  )
  assert.ok(listed.some(({ address, isLoopback }) => address === '127.0.0.1' && isLoopback))
})

test('payloadBytesMax is the MTU less headers, 1500 when unknown, a packet at most', () => {
  const sizes = (mtuBytes: number | undefined): number[] =>
    (['IPv4', 'IPv6'] as const).map((family) => payloadBytesMax({ ...ethernet, family, mtuBytes }))
  assert.deepEqual(sizes(1400), [1372, 1352])
  assert.deepEqual(sizes(undefined), [1472, 1452])
  assert.deepEqual(sizes(65_536), [65_507, 65_487])
})

test('describeAddress knows the loopback even where it is not listed', () => {
  assert.equal(describeAddress('192.0.2.2', [ethernet]), ethernet)
  assert.equal(payloadBytesMax(describeAddress('127.0.0.9', [ethernet])), 65_507)
  assert.equal(payloadBytesMax(describeAddress('192.0.2.9', [ethernet])), 1472)
})

test('broadcastAddress is the last of the network, and missing where there is none', () => {
  assert.equal(broadcastAddress(ethernet), '192.0.2.255')
  assert.equal(broadcastAddress({ ...ethernet, prefixBits: 30 }), '192.0.2.3')
  assert.equal(broadcastAddress({ ...ethernet, prefixBits: 31 }), undefined)
  assert.equal(broadcastAddress({ ...ethernet, isLoopback: true }), undefined)
  assert.equal(broadcastAddress({ ...ethernet, family: 'IPv6', address: 'fd00::2' }), undefined)
})

test('isNeighbour compares the prefix', () => {
  assert.equal(isNeighbour('192.0.2.200', ethernet), true)
  assert.equal(isNeighbour('192.0.3.200', ethernet), false)
  assert.equal(isNeighbour('fd00::1', ethernet), false)
})
