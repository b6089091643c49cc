import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InboundBatch } from '../../base/datagram.ts'
import { addressWords } from './address-words.ts'
import { BatchInbox } from './batch-inbox.ts'
import { InterfaceNames } from './interface-names.ts'
import { Ipv6Peers } from './ipv6-peers.ts'
import { INBOUND } from './words.ts'

const IPV6_SOCKET = 1
const UNKNOWN_SOCKET = 9

test('BatchInbox names the peers of both families', () => {
  const peers: unknown[] = []
  const { inbox, write } = inboxFor((batch) => {
    for (let index = 0; index < batch.count; index++) {
      assert.equal(batch.peer(index).key, batch.peerKey(index))
      peers.push(batch.peer(index))
    }
  })
  write('10.0.0.1', 2000)
  write('2001:db8::1', 2001)
  write('fe80::1', 2002, 4)
  write('fe80::1', 2002, 5)
  inbox.deliver(4)
  assert.deepEqual(peers, [
    { key: 0x0a00_0001 * 65_536 + 2000, address: '10.0.0.1', port: 2000 },
    { key: '[2001:db8::1]:2001', address: '2001:db8::1', port: 2001 },
    { key: '[fe80::1%eth0]:2002', address: 'fe80::1%eth0', port: 2002 },
    { key: '[fe80::1%5]:2002', address: 'fe80::1%5', port: 2002 },
  ])
})

test('BatchInbox drops what no answer may go to, and what nobody waits for', () => {
  const lengths: number[] = []
  const { inbox, write } = inboxFor((batch) => lengths.push(...batch.lengths.slice(0, batch.count)))
  write('10.0.0.1', 2000)
  write('10.0.0.1', 0)
  write('0.0.0.0', 2000)
  write('239.0.0.1', 2000)
  write('255.255.255.255', 2000)
  write('10.0.0.2', 2000)
  write('2001:db8::1', 0)
  write('::', 2000)
  write('ff02::1', 2000)
  write('::ffff:10.0.0.1', 2000)
  write('10.0.0.3', 2000, 0, UNKNOWN_SOCKET)
  write('2001:db8::1', 2000)
  inbox.deliver(12)
  assert.deepEqual(lengths, [1, 6, 12])
})

test('BatchInbox is empty again after a handler that threw', () => {
  const { inbox, write } = inboxFor(() => {
    throw new Error('thrown')
  })
  write('10.0.0.1', 2000)
  assert.throws(() => inbox.deliver(1), /thrown/)
  assert.equal(inbox.count, 0)
  assert.throws(() => inbox.peer(0), RangeError)
})

test('Ipv6Peers gives back the words of a peer, whoever made it', () => {
  const peers = new Ipv6Peers(names())
  const address = 'fe80::1%eth0'
  const words = peers.wordsOf({ key: `[${address}]:2000`, address, port: 2000 })
  assert.deepEqual([...words], [0xfe80_0000, 0, 0, 1, 4])
})

function names(): InterfaceNames {
  const known = { family: 'IPv6', prefixBits: 64, isLoopback: false, mtuBytes: 1500 } as const
  const address = 'fe80::2%eth0'
  return new InterfaceNames(() => [{ ...known, address, interfaceName: 'eth0', interfaceIndex: 4 }])
}

interface Filled {
  readonly inbox: BatchInbox
  /** Describes the next datagram, as many bytes long as there are datagrams so far. */
  readonly write: (address: string, port: number, scope?: number, socket?: number) => void
}

function inboxFor(onBatch: (batch: InboundBatch) => void): Filled {
  const finder = {
    find: (ends: Uint32Array, at: number): number | undefined =>
      ends[at] === UNKNOWN_SOCKET ? undefined : ends[at],
    isIpv6: (id: number): boolean => id === IPV6_SOCKET,
  }
  const inbox = new BatchInbox({ finder, ipv6Peers: new Ipv6Peers(names()), onBatch })
  let count = 0
  const write: Filled['write'] = (address, port, scope = 0, socket) => {
    const start = count * INBOUND.words
    inbox.ends[start + INBOUND.socket] = socket ?? (address.includes(':') ? IPV6_SOCKET : 0)
    inbox.ends[start + INBOUND.port] = port
    inbox.ends.set(addressWords(address, scope), start + INBOUND.peer)
    count += 1
    inbox.lengths[count - 1] = count
  }
  return { inbox, write }
}
