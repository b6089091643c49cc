import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { test } from 'node:test'
import type { Peer } from '../../base/datagram.ts'
import { describeAddress } from '../local-address.ts'
import { BatchOutbox, type RunSender } from './batch-outbox.ts'
import { OUTBOUND } from './words.ts'

const { EAGAIN, EPERM } = constants.errno
const peer: Peer = { key: 0x0a00_0001 * 65_536 + 2000, address: '10.0.0.1', port: 2000 }

test('BatchOutbox sends all of a turn by one call', () => {
  const sender = new RecordingSender()
  const outbox = new BatchOutbox(sender)
  put(outbox, 0, 'one')
  put(outbox, 1, 'two')
  assert.deepEqual(sender.sent, [])
  outbox.flush()
  outbox.flush()
  assert.deepEqual(sender.sent, ['0 one', '1 two'])
  assert.equal(sender.calls, 1)
})

test('BatchOutbox tells the addon the peer, and the address of a view', () => {
  const sender = new RecordingSender()
  const outbox = new BatchOutbox(sender)
  put(outbox, 7, 'pinned')
  outbox.flush()
  const { peer: at, port, isPinned, local } = OUTBOUND
  const words = [at, port, isPinned, local].map((word) => sender.lastRun[word])
  assert.deepEqual(words, [0x0a00_0001, 2000, 1, 0x7f00_0001])
})

test('BatchOutbox begins another slab rather than sending before the flush', () => {
  const sender = new RecordingSender()
  const outbox = new BatchOutbox(sender)
  for (let count = 0; count < 3000; count++) put(outbox, 0, `${count}`)
  outbox.reserve(4_000_000)
  assert.equal(sender.calls, 0)
  outbox.flush()
  assert.deepEqual(
    sender.sent,
    Array.from({ length: 3000 }, (_, index) => `0 ${index}`),
  )
  assert.equal(outbox.slab.length, 1 << 20)
})

test('BatchOutbox keeps what a full socket does not take, and its order', () => {
  const sender = new RecordingSender()
  const outbox = new BatchOutbox(sender)
  sender.fullSockets.add(0)
  for (const text of ['a', 'b']) for (const socket of [0, 1]) put(outbox, socket, text)
  outbox.flush()
  assert.deepEqual(sender.sent, ['1 a', '1 b'])
  assert.equal(outbox.keptBytes, 2)
  sender.fullSockets.clear()
  put(outbox, 0, 'c')
  put(outbox, 1, 'c')
  outbox.flush()
  assert.deepEqual(sender.sent.splice(0), ['1 a', '1 b', '1 c'])
  outbox.retry()
  assert.deepEqual(sender.sent, ['0 a', '0 b', '0 c'])
  assert.equal(outbox.keptBytes, 0)
})

test('BatchOutbox keeps the order of a socket that is full again in the middle', () => {
  const sender = new RecordingSender()
  const outbox = new BatchOutbox(sender)
  sender.fullSockets.add(0)
  const texts = Array.from({ length: 2500 }, (_, index) => String(index))
  for (const text of texts) put(outbox, 0, text)
  outbox.flush()
  sender.fullSockets.clear()
  // Of three tables the first is taken in part; the others would be taken whole.
  sender.refusedCall = sender.calls + 1
  outbox.retry()
  assert.equal(sender.sent.length, 500)
  outbox.retry()
  assert.deepEqual(
    sender.sent,
    texts.map((text) => `0 ${text}`),
  )
})

test('BatchOutbox sends only the rest of a run that left in part', () => {
  const sender = new RecordingSender()
  const outbox = new BatchOutbox(sender)
  sender.fullSockets.add(0)
  sender.sentBytes = 4
  put(outbox, 0, 'aabbccdd', 2)
  outbox.flush()
  sender.fullSockets.clear()
  outbox.retry()
  assert.deepEqual(sender.sent, ['0 ccdd'])
  assert.equal(sender.lastRun[OUTBOUND.segmentBytes], 2)
})

test('BatchOutbox drops what would wait beyond its limit', () => {
  const sender = new RecordingSender()
  const outbox = new BatchOutbox(sender, 10)
  sender.fullSockets.add(0)
  put(outbox, 0, '123456')
  outbox.flush()
  put(outbox, 1, '123456')
  put(outbox, 1, '1234')
  outbox.flush()
  assert.equal(sender.dropped, 1)
  assert.deepEqual(sender.sent, ['1 1234'])
})

test('BatchOutbox reports what failed and forgets it', () => {
  const sender = new RecordingSender()
  const outbox = new BatchOutbox(sender)
  sender.failure = EPERM
  sender.fullSockets.add(0)
  put(outbox, 0, 'forbidden')
  outbox.flush()
  assert.deepEqual(sender.failed, ['EPERM 10.0.0.1'])
  assert.equal(outbox.keptBytes, 0)
})

test('BatchOutbox refuses what does not fit', () => {
  const outbox = new BatchOutbox(new RecordingSender())
  assert.throws(() => outbox.reserve(64 * 65_507 + 1), RangeError)
  outbox.reserve(4)
  assert.throws(() => outbox.commit(0, peer, 4, 0), RangeError)
})

function put(outbox: BatchOutbox, socket: number, text: string, segmentBytes?: number): void {
  const offset = outbox.reserve(text.length)
  outbox.slab.set(Buffer.from(text), offset)
  outbox.commit(socket, peer, text.length, segmentBytes)
}

/** Writes down what it is to send; socket 7 is an address of a wildcard. */
class RecordingSender implements RunSender {
  readonly sent: string[] = []
  readonly failed: string[] = []
  readonly fullSockets = new Set<number>()
  failure: number = EAGAIN
  /** Bytes that a full socket takes of a run. */
  sentBytes = 0
  /** In this call every socket is full after 500 runs. */
  refusedCall = 0
  calls = 0
  dropped = 0
  lastRun: Uint32Array = new Uint32Array()

  view(id: number): ReturnType<RunSender['view']> {
    const at = describeAddress('127.0.0.1', [])
    const { address, family } = at
    const place = { address, port: 69, family, role: 'listen' } as const
    const pinned = id === 7 ? Uint32Array.of(0x7f00_0001, 0, 0, 0, 0) : undefined
    const socket = { ...place, number: id, isWildcard: id === 7, bufferBytes: 0 }
    return { local: { ...place, id, payloadBytesMax: 1472 }, socket, at, pinned }
  }

  wordsOf(): Uint32Array {
    return new Uint32Array(5)
  }

  send(slab: Uint8Array, runs: Uint32Array, count: number, results: Int32Array): number {
    this.calls += 1
    results.fill(0)
    let troubled = 0
    for (let index = 0; index < count; index++) {
      const run = runs.slice(index * OUTBOUND.words, (index + 1) * OUTBOUND.words)
      this.lastRun = run
      const socket = run[OUTBOUND.socket] ?? 0
      if (this.fullSockets.has(socket) || (this.calls === this.refusedCall && index >= 500)) {
        results.set([this.failure, this.sentBytes], 2 * index)
        troubled += 1
        continue
      }
      const start = run[OUTBOUND.offset] ?? 0
      const bytes = slab.subarray(start, start + (run[OUTBOUND.bytes] ?? 0))
      this.sent.push(`${socket} ${Buffer.from(bytes).toString()}`)
    }
    return troubled
  }

  onDropped(): void {
    this.dropped += 1
  }

  onFailed(code: string, { address }: Peer): void {
    this.failed.push(`${code} ${address}`)
  }
}
