import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MemoryOutbox, memoryPeer } from '../../testing/memory-datagrams.ts'
import { describePacket, patterned } from '../../testing/tftp-exchange.ts'
import { blockNumberOf } from './block-sequence.ts'
import { ByteWindow } from './byte-window.ts'
import { SendTransfer, type SendTransferOptions } from './send-transfer.ts'

type Shape = Partial<SendTransferOptions> & { readonly bytes: number }

/** A transfer of a whole file, and what leaves: `1-4 7` are the numbers of its DATA. */
class Sending {
  readonly transfer: SendTransfer
  readonly commits: { bytes: number; segmentBytes: number | undefined }[] = []
  now = 0
  #numbers: number[] = []

  constructor({ bytes, ...options }: Shape) {
    const outbox = new MemoryOutbox(({ bytes: datagram }) => {
      const [kind, number] = describePacket(datagram).split(' ')
      if (kind === 'DATA') this.#numbers.push(Number(number))
    })
    const { commits } = this
    const commit = outbox.commit.bind(outbox)
    outbox.commit = (socket, peer, length, segmentBytes) => {
      commits.push({ bytes: length, segmentBytes })
      commit(socket, peer, length, segmentBytes)
    }
    const window = new ByteWindow()
    window.append(patterned(bytes))
    window.end()
    const path = { outbox, socket: 0, peer: memoryPeer('10.0.0.9', 1024) }
    const shape = { blockBytes: 512, windowBlocks: 1, rolloverTo: 0 as const }
    this.transfer = new SendTransfer({ ...shape, ...options, path, window }, this.now)
    this.transfer.start(this.now)
  }

  ack(blockNumber: number, afterMs = 1): string {
    this.now += afterMs
    this.transfer.acknowledge(blockNumber, this.now)
    return this.sent()
  }

  wake(): string {
    this.now = this.transfer.wakeAt ?? this.now
    assert.equal(this.transfer.wake(this.now), true)
    return this.sent()
  }

  /** The blocks that left since the last look. */
  sent(): string {
    const runs: number[][] = []
    for (const number of this.#numbers) {
      const run = runs.at(-1)
      if (run?.at(-1) === number - 1) run.push(number)
      else runs.push([number])
    }
    this.#numbers = []
    return runs.map((run) => (run.length > 1 ? `${run[0]}-${run.at(-1)}` : `${run[0]}`)).join(' ')
  }
}

describe('SendTransfer with a window', () => {
  test('SendTransfer sends a window for each ACK of its last block', () => {
    const sending = new Sending({ bytes: 5000, windowBlocks: 4 })
    assert.equal(sending.sent(), '1-4')
    assert.equal(sending.ack(4), '5-8')
    assert.equal(sending.ack(8), '9-10')
    assert.equal(sending.ack(10), '')
    assert.equal(sending.transfer.isDelivered, true)
    assert.equal(sending.transfer.retransmits, 0)
  })

  test('SendTransfer restarts behind a gap (RFC 7440 §4)', () => {
    const sending = new Sending({ bytes: 5000, windowBlocks: 4 })
    sending.sent()
    assert.equal(sending.ack(2), '3-6')
    assert.equal(sending.ack(6), '7-10')
    assert.equal(sending.transfer.retransmits, 2)
  })

  test('SendTransfer restarts once for duplicates, and again after a timeout or progress', () => {
    const sending = new Sending({ bytes: 9000, windowBlocks: 4 })
    sending.sent()
    assert.equal(sending.ack(4), '5-8')
    assert.equal(sending.ack(4), '5-8')
    assert.equal(sending.ack(4), '')
    assert.equal(sending.ack(4), '')
    assert.equal(sending.wake(), '5-8')
    assert.equal(sending.ack(4), '5-8')
    assert.equal(sending.ack(4), '')
    assert.equal(sending.ack(8), '9-12')
    assert.equal(sending.ack(8), '9-12')
    assert.equal(sending.ack(8), '')
  })

  test('SendTransfer ignores a duplicate that comes sooner than any answer can', () => {
    const sending = new Sending({ bytes: 9000, windowBlocks: 4 })
    sending.sent()
    assert.equal(sending.ack(4, 20), '5-8')
    assert.equal(sending.ack(4, 5), '', 'the echo of an ACK to a window that was sent twice')
    assert.equal(sending.ack(4, 20), '5-8')
  })

  test('SendTransfer ignores ACKs of what it has not sent and of what is long past', () => {
    const sending = new Sending({ bytes: 9000, windowBlocks: 4 })
    sending.sent()
    assert.equal(sending.ack(4), '5-8')
    for (const number of [3, 1, 0, 9, 40_000, 65_535]) assert.equal(sending.ack(number), '')
  })

  test('SendTransfer repeats the window when nothing comes', () => {
    const sending = new Sending({ bytes: 5000, windowBlocks: 4 })
    sending.sent()
    assert.equal(sending.wake(), '1-4')
    assert.equal(sending.now, 1000)
    assert.equal(sending.wake(), '1-4')
    assert.equal(sending.now, 3000)
  })

  test('SendTransfer commits a window as one run, the last block shorter', () => {
    const sending = new Sending({ bytes: 5 * 512 + 10, windowBlocks: 16 })
    assert.deepEqual(sending.commits, [{ bytes: 5 * 516 + 14, segmentBytes: 516 }])
  })

  test('SendTransfer keeps runs within 64 datagrams and 65,000 bytes', () => {
    for (const blockBytes of [8, 512, 1468, 9000, 32_768, 65_464]) {
      const sending = new Sending({ bytes: 130 * blockBytes, blockBytes, windowBlocks: 128 })
      assert.equal(sending.sent(), '1-128')
      for (const { bytes, segmentBytes = bytes } of sending.commits) {
        assert.ok(bytes <= 65_000 || bytes === segmentBytes, `${bytes} bytes in a run`)
        assert.ok(Math.ceil(bytes / segmentBytes) <= 64)
      }
      const fewest = Math.ceil(128 / Math.min(64, Math.floor(65_000 / (blockBytes + 4)) || 1))
      assert.equal(sending.commits.length, fewest)
    }
  })
})

for (const rolloverTo of [0, 1] as const) {
  for (const windowBlocks of [1, 7, 64]) {
    test(`SendTransfer goes past block 65535 to ${rolloverTo}, windowsize ${windowBlocks}`, () => {
      const blocks = 65_535 * 2 + 100
      const bytes = blocks * 8 - 3
      const sending = new Sending({ bytes, blockBytes: 8, windowBlocks, rolloverTo })
      let acked = 0
      while (!sending.transfer.isDelivered) {
        const sent = sending.sent()
        const first = String(blockNumberOf(acked + 1, rolloverTo))
        assert.equal(sent.split(/[- ]/)[0], first, `block ${acked + 1}`)
        acked = Math.min(blocks, acked + windowBlocks)
        sending.now += 1
        sending.transfer.acknowledge(blockNumberOf(acked, rolloverTo), sending.now)
      }
      assert.equal(sending.transfer.ackedBlocks, blocks)
      assert.equal(sending.transfer.ackedBytes, bytes)
      assert.equal(sending.transfer.retransmits, 0)
    })
  }
}

test('SendTransfer restarts a window that lies across the wrap', () => {
  const sending = new Sending({ bytes: 8 * 65_600, blockBytes: 8, windowBlocks: 8 })
  for (let acked = 8; acked < 65_536; acked += 8) sending.ack(acked)
  sending.sent()
  assert.equal(sending.ack(65_533), '65534-65535 0-5')
  assert.equal(sending.ack(0), '1-8', 'block 65536 is number 0')
  assert.equal(sending.ack(3), '4-11')
})

test('SendTransfer gives up after 30 s without progress, however lively the peer', () => {
  const sending = new Sending({ bytes: 5000 })
  let isAlive = true
  while (isAlive) {
    sending.now = sending.transfer.wakeAt ?? sending.now
    isAlive = sending.transfer.wake(sending.now)
    sending.transfer.acknowledge(0, sending.now)
  }
  assert.equal(sending.now, 30_000)
})

test('SendTransfer holds no more of a stream than its window', () => {
  const window = new ByteWindow()
  const path = {
    outbox: new MemoryOutbox(() => {}),
    socket: 0,
    peer: memoryPeer('10.0.0.9', 1024),
  }
  const shape = { blockBytes: 1024, windowBlocks: 16, rolloverTo: 0 as const }
  const transfer = new SendTransfer({ ...shape, path, window }, 0)
  let blocks = 0
  for (let pushed = 0; pushed < 100_000_000; ) {
    while (transfer.wantsBytes) {
      window.append(new Uint8Array(10_000))
      pushed += 10_000
      transfer.sendWindow(0)
    }
    assert.ok(window.availableBytes < 100_000, `${window.availableBytes} bytes are held`)
    blocks += 16
    transfer.acknowledge(blocks % 65_536, 0)
  }
})
