import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeAddress, type LocalAddress } from '../local-address.ts'
import { addressWords } from './address-words.ts'
import { InterfaceNames } from './interface-names.ts'
import type { NativeSocket } from './native-sockets.ts'
import { SocketViews } from './socket-views.ts'
import { INBOUND } from './words.ts'

const bound = { port: 69, role: 'listen', isWildcard: true, bufferBytes: 0 } as const
const anyIpv4: NativeSocket = { ...bound, number: 0, address: '0.0.0.0', family: 'IPv4' }
const anyIpv6: NativeSocket = { ...bound, number: 1, address: '::', family: 'IPv6' }
const transfers: NativeSocket = { ...anyIpv4, number: 2, port: 5000, role: 'transfer' }

test('SocketViews gives each address of a wildcard one number', () => {
  const { views, find } = opened()
  const first = find(anyIpv4, '10.0.0.1')
  assert.notEqual(first, find(anyIpv4, '10.0.0.2'))
  assert.equal(first, find(anyIpv4, '10.0.0.1'))
  const { address, port, role } = views.get(first ?? -1)?.local ?? {}
  assert.deepEqual([address, port, role], ['10.0.0.1', 69, 'listen'])
})

test('SocketViews tells link-local addresses apart by their interface, and no others', () => {
  const { views, find } = opened()
  const [one, other] = [find(anyIpv6, 'fe80::1', 4), find(anyIpv6, 'fe80::1', 5)]
  assert.equal(views.get(one ?? -1)?.local.address, 'fe80::1%eth0')
  assert.notEqual(one, other)
  assert.equal(find(anyIpv6, '2001:db8::1', 4), find(anyIpv6, '2001:db8::1', 5))
})

test('SocketViews hears neither multicast nor an interface without an address', () => {
  const { find } = opened()
  assert.equal(find(anyIpv6, 'ff02::1', 4), undefined)
  assert.equal(find(anyIpv4, '0.0.0.0'), undefined)
})

test('SocketViews knows a transfer port only by the addresses that answered from it', () => {
  const { views, find } = opened()
  assert.equal(find(transfers, '10.0.0.1'), undefined)
  const listener = views.get(find(anyIpv4, '10.0.0.1') ?? -1)
  assert.ok(listener)
  const id = views.same(transfers, listener)
  assert.equal(find(transfers, '10.0.0.1'), id)
  assert.equal(views.same(transfers, listener), id)
  assert.equal(views.get(id ?? -1)?.local.role, 'transfer')
})

test('SocketViews tells the size that the interface of an address carries', () => {
  const eth0 = { ...describeAddress('10.0.0.1', []), mtuBytes: 9000 }
  const { views, find } = opened([eth0])
  assert.equal(views.get(find(anyIpv4, '10.0.0.1') ?? -1)?.local.payloadBytesMax, 8972)
})

test('SocketViews answers from 1024 addresses at most', () => {
  const { overflows, find } = opened()
  for (let number = 0; number < 1024; number++) {
    assert.notEqual(find(anyIpv4, `10.1.${number >> 8}.${number & 255}`), undefined)
  }
  assert.equal(find(anyIpv4, '10.2.0.0'), undefined)
  assert.equal(overflows(), 1)
  assert.notEqual(find(anyIpv4, '10.1.0.0'), undefined)
})

interface Opened {
  readonly views: SocketViews
  readonly overflows: () => number
  readonly find: (socket: NativeSocket, address: string, scope?: number) => number | undefined
}

function opened(listed: readonly LocalAddress[] = []): Opened {
  let overflows = 0
  const eth0 = { interfaceName: 'eth0', interfaceIndex: 4 }
  const views = new SocketViews({
    names: new InterfaceNames(() => [{ ...describeAddress('fe80::9%eth0', []), ...eth0 }]),
    list: () => listed,
    onAppeared: () => {},
    onOverflow: () => (overflows += 1),
  })
  for (const socket of [anyIpv4, anyIpv6, transfers]) {
    views.add(socket, describeAddress(socket.address, []))
  }
  const find: Opened['find'] = ({ number }, address, scope = 0) => {
    const ends = new Uint32Array(2 * INBOUND.words)
    ends[INBOUND.words + INBOUND.socket] = number
    ends.set(addressWords(address, scope), INBOUND.words + INBOUND.local)
    ends[INBOUND.words + INBOUND.interface] = scope
    return views.find(ends, INBOUND.words)
  }
  return { views, overflows: () => overflows, find }
}
