import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Peer } from '../../base/datagram.ts'
import { type DatagramSender, SlabOutbox } from './slab-outbox.ts'

const peer: Peer = { key: 0, address: '192.0.2.1', port: 2000 }

/** A system whose sockets are blocked until told otherwise, and that keeps what it is given. */
class BusySender implements DatagramSender {
  readonly blocked = new Set<number>()
  readonly kept: { readonly socket: number; readonly payload: Uint8Array }[] = []
  readonly sent: string[] = []

  send(socket: number, payload: Uint8Array): void {
    if (this.blocked.has(socket)) this.kept.push({ socket, payload })
    else this.sent.push(Buffer.from(payload).toString())
  }

  queuedBytes(socket: number): number {
    const own = this.kept.filter((entry) => entry.socket === socket)
    return own.reduce((sum, { payload }) => sum + payload.length, 0)
  }

  unblock(): void {
    this.blocked.clear()
    for (const { payload } of this.kept.splice(0)) this.sent.push(Buffer.from(payload).toString())
  }
}

function put(outbox: SlabOutbox, socket: number, text: string): void {
  const offset = outbox.reserve(text.length)
  outbox.slab.set(Buffer.from(text), offset)
  outbox.commit(socket, peer, text.length)
}

function opened(waitingBytesMax?: number): {
  readonly sender: BusySender
  readonly outbox: SlabOutbox
  readonly dropped: () => number
} {
  const sender = new BusySender()
  let count = 0
  const outbox = new SlabOutbox(sender, () => (count += 1), waitingBytesMax)
  return { sender, outbox, dropped: () => count }
}

test('SlabOutbox uses its slab again when everything was taken', () => {
  const { sender, outbox } = opened()
  put(outbox, 1, 'first')
  const { slab } = outbox
  outbox.flush()
  put(outbox, 1, 'second')
  outbox.flush()
  assert.equal(outbox.slab, slab)
  assert.equal(outbox.reserve(1), 0)
  assert.deepEqual(sender.sent, ['first', 'second'])
})

test('SlabOutbox leaves what waits untouched, whatever is written later', () => {
  const { sender, outbox } = opened()
  sender.blocked.add(1)
  const texts = Array.from({ length: 50 }, (_, number) => `datagram ${number}`)
  for (const text of texts) {
    put(outbox, 1, text)
    put(outbox, 1, `${text} again`)
    outbox.flush()
    put(outbox, 2, 'overwritten')
    outbox.flush()
  }
  sender.sent.length = 0
  sender.unblock()
  assert.deepEqual(
    sender.sent,
    texts.flatMap((text) => [text, `${text} again`]),
  )
})

test('SlabOutbox leaves no more than one slab to a stuck socket', () => {
  const { sender, outbox } = opened()
  sender.blocked.add(1)
  for (let number = 0; number < 100; number++) {
    put(outbox, 1, 'stuck')
    outbox.flush()
  }
  const slabs = new Set(sender.kept.map(({ payload }) => payload.buffer))
  const heldBytes = [...slabs].reduce((sum, { byteLength }) => sum + byteLength, 0)
  assert.ok(heldBytes < outbox.slab.length + 100 * 16, `${heldBytes} bytes are held`)
})

test('SlabOutbox drops beyond its limit, and takes again when the queue has drained', () => {
  const { sender, outbox, dropped } = opened(10)
  sender.blocked.add(1)
  put(outbox, 1, 'sixsix')
  outbox.flush()
  put(outbox, 2, 'four')
  put(outbox, 2, 'x')
  assert.equal(dropped(), 1)
  outbox.flush()
  assert.deepEqual(sender.sent, ['four'])
  sender.unblock()
  put(outbox, 1, 'ten bytes!')
  outbox.flush()
  assert.equal(dropped(), 1)
  assert.equal(sender.sent.at(-1), 'ten bytes!')
})

test('SlabOutbox refuses runs larger than a window can be', () => {
  const { outbox } = opened()
  const runBytesMax = 64 * 65_507
  assert.equal(outbox.reserve(runBytesMax), 0)
  assert.equal(outbox.slab.length, runBytesMax)
  assert.throws(() => outbox.reserve(runBytesMax + 1), RangeError)
})
