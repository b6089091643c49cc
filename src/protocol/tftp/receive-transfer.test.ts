import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MemoryOutbox, memoryPeer } from '../../testing/memory-datagrams.ts'
import { describePacket, patterned } from '../../testing/tftp-exchange.ts'
import { blockNumberOf } from './block-sequence.ts'
import { encodeOack } from './packet.ts'
import { ReceiveTransfer, type ReceiveTransferOptions } from './receive-transfer.ts'

/** A transfer that is received, and what it says. */
class Receiving {
  readonly transfer: ReceiveTransfer
  now = 0
  bytes = 0
  ends = 0
  #said: string[] = []

  constructor(options: Partial<ReceiveTransferOptions> = {}) {
    const outbox = new MemoryOutbox(({ bytes }) => this.#said.push(describePacket(bytes)))
    const path = { outbox, socket: 0, peer: memoryPeer('10.0.0.9', 1024) }
    this.transfer = new ReceiveTransfer(
      {
        path,
        blockBytes: 512,
        windowBlocks: 1,
        rolloverTo: undefined,
        onData: (payload) => (this.bytes += payload.length),
        onEnd: () => (this.ends += 1),
        ...options,
      },
      this.now,
    )
    this.transfer.start(this.now)
  }

  data(blockNumber: number, bytes = 512, afterMs = 1): string {
    this.now += afterMs
    this.transfer.receive(blockNumber, patterned(bytes), this.now)
    return this.said()
  }

  wake(): string {
    this.now = this.transfer.wakeAt ?? this.now
    assert.equal(this.transfer.wake(this.now), true)
    return this.said()
  }

  said(): string {
    const said = this.#said.join(' ')
    this.#said = []
    return said
  }
}

test('ReceiveTransfer acknowledges each block, and the last only when it is finished', () => {
  const receiving = new Receiving()
  assert.equal(receiving.said(), 'ACK 0')
  assert.equal(receiving.data(1), 'ACK 1')
  assert.equal(receiving.data(2, 100), '')
  assert.equal(receiving.ends, 1)
  assert.equal(receiving.data(2, 100), '', 'repeats are swallowed while it is judged')
  assert.equal(receiving.transfer.wakeAt, undefined)
  receiving.transfer.finish(receiving.now)
  assert.equal(receiving.said(), 'ACK 2')
  assert.equal(receiving.bytes, 612)
})

test('ReceiveTransfer takes an empty block as the end', () => {
  const receiving = new Receiving()
  receiving.data(1)
  receiving.data(2, 0)
  assert.equal(receiving.ends, 1)
  assert.equal(receiving.transfer.receivedBytes, 512)
})

test('ReceiveTransfer acknowledges duplicates, but not without end', () => {
  const receiving = new Receiving()
  receiving.data(1)
  const answers = Array.from({ length: 20 }, () => receiving.data(1))
  assert.equal(answers.filter((said) => said === 'ACK 1').length, 4)
  assert.equal(receiving.data(1, 512, 1000), 'ACK 1')
  assert.equal(receiving.data(2), 'ACK 2')
  assert.equal(receiving.data(2), 'ACK 2')
})

test('ReceiveTransfer ignores blocks of nowhere, and longer ones than agreed on', () => {
  const receiving = new Receiving()
  receiving.said()
  for (const number of [2, 5, 1000, 40_000]) assert.equal(receiving.data(number), '')
  assert.equal(receiving.data(1, 513), '')
  assert.equal(receiving.bytes, 0)
})

test('ReceiveTransfer repeats its OACK until DATA comes, then the latest ACK', () => {
  const receiving = new Receiving({ opening: encodeOack(new Map([['tsize', '5']])) })
  assert.equal(receiving.said(), 'OACK tsize=5')
  assert.equal(receiving.wake(), 'OACK tsize=5')
  receiving.data(1)
  assert.equal(receiving.wake(), 'ACK 1')
  assert.equal(receiving.transfer.retransmits, 2)
})

test('ReceiveTransfer gives up after 30 s without progress', () => {
  const receiving = new Receiving()
  receiving.data(1, 512, 500)
  while (receiving.transfer.wake((receiving.now = receiving.transfer.wakeAt ?? 0))) receiving.said()
  assert.equal(receiving.now, 30_500)
})

describe('ReceiveTransfer with a window', () => {
  test('ReceiveTransfer acknowledges once for each window', () => {
    const receiving = new Receiving({ windowBlocks: 4 })
    receiving.said()
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((number) => receiving.data(number)),
      ['', '', '', 'ACK 4', '', '', '', 'ACK 8'],
    )
  })

  test('ReceiveTransfer tells a gap once, and counts the window from there', () => {
    const receiving = new Receiving({ windowBlocks: 4 })
    receiving.said()
    assert.deepEqual(
      [1, 3, 4].map((number) => receiving.data(number)),
      ['', 'ACK 1', ''],
    )
    assert.deepEqual(
      [2, 3, 4, 5].map((number) => receiving.data(number)),
      ['', '', '', 'ACK 5'],
    )
  })

  test('ReceiveTransfer tells a gap before the first block with ACK 0', () => {
    const receiving = new Receiving({ windowBlocks: 4, opening: encodeOack(new Map()) })
    receiving.said()
    assert.equal(receiving.data(2), 'ACK 0')
    assert.equal(receiving.data(3), '')
  })

  test('ReceiveTransfer tells the same gap again when it comes again later', () => {
    const receiving = new Receiving({ windowBlocks: 4 })
    receiving.said()
    assert.equal(receiving.data(2), 'ACK 0')
    assert.equal(receiving.data(3), '')
    assert.equal(receiving.data(2, 512, 600), 'ACK 0')
  })

  test('ReceiveTransfer says nothing to a window that was sent twice in a row', () => {
    const receiving = new Receiving({ windowBlocks: 2 })
    receiving.said()
    assert.deepEqual(
      [1, 2, 1, 2, 3].map((number) => receiving.data(number)),
      ['', 'ACK 2', '', '', ''],
    )
  })

  test('ReceiveTransfer answers a window that comes again after a while: its ACK was lost', () => {
    const receiving = new Receiving({ windowBlocks: 2 })
    receiving.said()
    receiving.data(1)
    receiving.data(2)
    assert.equal(receiving.data(1, 512, 900), 'ACK 2')
    assert.equal(receiving.data(2), '')
  })

  test('ReceiveTransfer acknowledges a part of a window when the rest does not come', () => {
    const receiving = new Receiving({ windowBlocks: 8 })
    receiving.said()
    receiving.data(1)
    receiving.data(2)
    assert.equal(receiving.wake(), 'ACK 2')
  })
})

describe('ReceiveTransfer while it is paused', () => {
  test('ReceiveTransfer withholds its ACK until it is resumed', () => {
    const receiving = new Receiving()
    receiving.said()
    receiving.transfer.pause()
    assert.equal(receiving.data(1), '')
    assert.equal(receiving.data(1, 512, 5000), '', 'repeats are swallowed')
    receiving.transfer.resume(receiving.now)
    assert.equal(receiving.said(), 'ACK 1')
    assert.equal(receiving.data(2), 'ACK 2')
  })

  test('ReceiveTransfer may be paused and resumed while it hands over a block', () => {
    const receiving: Receiving = new Receiving({
      onData: () => {
        receiving.transfer.pause()
        receiving.transfer.resume(receiving.now)
      },
    })
    receiving.said()
    assert.equal(receiving.data(1), 'ACK 1')
    assert.equal(receiving.data(2), 'ACK 2')
  })

  test('ReceiveTransfer waits as long as the peer shows life', () => {
    const receiving = new Receiving()
    receiving.data(1)
    receiving.transfer.pause()
    for (let count = 0; count < 20; count += 1) {
      assert.equal(receiving.transfer.wake(receiving.now), true)
      receiving.data(1, 512, 5000)
    }
    const { wakeAt = 0 } = receiving.transfer
    assert.equal(wakeAt, receiving.now + 30_000)
    assert.equal(receiving.transfer.wake(wakeAt), false)
  })
})

for (const rolloverTo of [0, 1] as const) {
  for (const [what, agreed] of [
    ['agreed on', rolloverTo],
    ['not agreed on', undefined],
  ] as const) {
    test(`ReceiveTransfer goes past block 65535 to ${rolloverTo}, ${what}`, () => {
      const blocks = 65_535 * 2 + 50
      const receiving = new Receiving({ blockBytes: 8, rolloverTo: agreed })
      receiving.said()
      for (let count = 1; count <= blocks; count += 1) {
        const number = blockNumberOf(count, rolloverTo)
        assert.equal(receiving.data(number, 8), `ACK ${number}`)
      }
      assert.equal(receiving.transfer.receivedBlocks, blocks)
    })
  }
}

test('ReceiveTransfer takes a 1 behind a lost 0 for a gap when there is a window', () => {
  const receiving = new Receiving({ blockBytes: 8, windowBlocks: 4 })
  for (let count = 1; count <= 65_535; count += 1) receiving.data(count, 8)
  receiving.said()
  assert.equal(receiving.data(1, 8), 'ACK 65535')
  assert.deepEqual(
    [0, 1, 2, 3].map((number) => receiving.data(number, 8)),
    ['', '', '', 'ACK 3'],
  )
})
