import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LocalSocket } from '../../base/datagram.ts'
import { describeAddress } from '../local-address.ts'
import { answeringEnd } from './broadcast-listeners.ts'
import type { LocalEnd } from './listeners.ts'
import { TransferPool } from './transfer-pool.ts'

const neverOpened = new TransferPool({
  open: () => assert.fail(),
  socketsMax: 1,
  onFailure: assert.fail,
})

function socketOn(address: string, port: number): LocalSocket {
  return { id: 0, address, port, family: 'IPv4', role: 'listen', payloadBytesMax: 1472 }
}

function end(cidr: string, interfaceName: string, port = 69): LocalEnd {
  const [address = '', prefix] = cidr.split('/')
  const at = { ...describeAddress(address, []), prefixBits: Number(prefix), interfaceName }
  return { at, pool: neverOpened, listeners: [{ local: socketOn(address, port), isFixed: false }] }
}

const ends = [
  end('127.0.0.1/8', 'lo'),
  end('10.0.0.1/8', 'eth0'),
  end('192.0.2.1/24', 'eth1'),
  end('192.0.2.129/25', 'eth2'),
  end('192.0.2.130/25', 'eth3', 6969),
]

function answering(peerAddress: string, heardOn?: string): string | undefined {
  const local = socketOn('255.255.255.255', 69)
  const peer = { key: 0, address: peerAddress, port: 2000 }
  return answeringEnd(ends, { local, interfaceName: heardOn }, peer)?.at.address
}

test('answeringEnd prefers the smallest network that the peer is in', () => {
  assert.equal(answering('192.0.2.7'), '192.0.2.1')
  assert.equal(answering('192.0.2.200'), '192.0.2.129')
  assert.equal(answering('10.9.9.9', 'eth1'), '10.0.0.1')
})

test('answeringEnd takes the interface that heard a stranger, else the first but the loopback', () => {
  assert.equal(answering('203.0.113.9', 'eth1'), '192.0.2.1')
  assert.equal(answering('203.0.113.9', 'eth9'), '10.0.0.1')
  assert.equal(answering('203.0.113.9'), '10.0.0.1')
})

test('answeringEnd knows only addresses that listen on the port that was asked', () => {
  assert.equal(answering('203.0.113.9', 'eth3'), '10.0.0.1')
})
