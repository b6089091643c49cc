import assert from 'node:assert/strict'
import type { RemoteInfo } from 'node:dgram'
import { test } from 'node:test'
import type { InboundBatch } from '../../base/datagram.ts'
import { Inbox } from './inbox.ts'

function from(address: string, port: number): RemoteInfo {
  return { address, port, family: address.includes(':') ? 'IPv6' : 'IPv4', size: 0 }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const payload = new Uint8Array([0, 1])

test('Inbox hands over what arrived in one turn as one batch', async () => {
  const counts: number[] = []
  const inbox = new Inbox((batch) => counts.push(batch.count))
  for (const port of [1, 2, 3]) inbox.receive(0, payload, from('192.0.2.1', port))
  assert.deepEqual(counts, [])
  await turn()
  assert.deepEqual(counts, [3])
  assert.equal(inbox.count, 0)
  await turn()
  assert.deepEqual(counts, [3])
})

test('Inbox hands over a full batch at once', async () => {
  const counts: number[] = []
  const inbox = new Inbox((batch) => counts.push(batch.count))
  for (let port = 1; port <= 257; port++) inbox.receive(0, payload, from('192.0.2.1', port))
  assert.deepEqual(counts, [256])
  await turn()
  assert.deepEqual(counts, [256, 1])
})

test('Inbox hands over before the slab overflows', async () => {
  const sums: number[] = []
  const inbox = new Inbox((batch) => {
    sums.push(batch.lengths.subarray(0, batch.count).reduce((sum, length) => sum + length, 0))
  })
  for (let port = 1; port <= 20; port++) {
    inbox.receive(0, new Uint8Array(65_507), from('192.0.2.1', port))
  }
  await turn()
  assert.deepEqual(sums, [16 * 65_507, 4 * 65_507])
})

test('Inbox drops datagrams that no answer may go to', async () => {
  const peers: string[] = []
  const inbox = new Inbox((batch: InboundBatch) => {
    for (let index = 0; index < batch.count; index++) peers.push(batch.peer(index).address)
  })
  inbox.receive(0, payload, from('192.0.2.1', 0))
  inbox.receive(0, payload, from('224.0.0.1', 9))
  inbox.receive(0, payload, from('255.255.255.255', 9))
  inbox.receive(0, payload, from('0.0.0.0', 9))
  inbox.receive(0, payload, from('fd00::1', 0))
  inbox.receive(0, payload, from('ff02::1', 9))
  inbox.receive(0, payload, from('192.0.2.7', 9))
  await turn()
  assert.deepEqual(peers, ['192.0.2.7'])
})

test('Inbox goes on after a handler that threw', async () => {
  let batches = 0
  const inbox = new Inbox((batch) => {
    batches += 1
    if (batch.count === 256) throw new Error('a bug')
  })
  const fill = (): void => {
    for (let port = 1; port <= 256; port++) inbox.receive(0, payload, from('192.0.2.1', port))
  }
  assert.throws(fill, /a bug/)
  inbox.receive(0, payload, from('192.0.2.1', 1))
  await turn()
  assert.equal(batches, 2)
})

test('Inbox shows only the datagrams of the batch', async () => {
  const inbox = new Inbox((batch) => {
    assert.throws(() => batch.peer(1), RangeError)
    assert.throws(() => batch.peerKey(-1), RangeError)
  })
  inbox.receive(0, payload, from('192.0.2.1', 1))
  await turn()
  assert.throws(() => inbox.peer(0), RangeError)
})

test('Inbox hands over nothing once it is closed', async () => {
  const inbox = new Inbox(() => assert.fail('a batch after close'))
  inbox.receive(0, payload, from('192.0.2.1', 1))
  inbox.close()
  inbox.receive(0, payload, from('192.0.2.1', 2))
  await turn()
})
