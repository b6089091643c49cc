import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { patterned, request, TftpExchange } from '../../testing/tftp-exchange.ts'

// Goal: a read as every kind of client sees it. Method: one endpoint, datagrams in, words out.

/** A read that is answered with a whole file of `bytes`. */
function reading(
  bytes: number,
  options: Record<string, string> = {},
  rest: { name?: string } = {},
): { exchange: TftpExchange; said: string[] } {
  const exchange = new TftpExchange()
  exchange.ask(rest.name ?? 'file', options)
  exchange.read.begin({ sizeBytes: bytes }, exchange.now)
  exchange.read.push(patterned(bytes), exchange.now)
  exchange.read.end(exchange.now)
  return { exchange, said: exchange.said() }
}

describe('ServerReadTransfer answers as real clients ask', () => {
  const rows: readonly [string, number, Record<string, string>, string[]][] = [
    ['tftp-hpa, no options', 5, {}, ['1> DATA 1 5']],
    ['iPXE', 70, { blksize: '1432', tsize: '0' }, ['1> OACK blksize=1432 tsize=70']],
    ['PXELINUX', 70, { tsize: '0', blksize: '1408' }, ['1> OACK tsize=70 blksize=1408']],
    ['GRUB', 70, { blksize: '1024', tsize: '0' }, ['1> OACK blksize=1024 tsize=70']],
    [
      'EDK2 PXE',
      70,
      { tsize: '0', blksize: '1468', windowsize: '4' },
      ['1> OACK tsize=70 blksize=1468 windowsize=4'],
    ],
    ['U-Boot', 70, { timeout: '5', blksize: '1468' }, ['1> OACK timeout=5 blksize=1468']],
    ['SLOF', 70, { blksize: '1428' }, ['1> OACK blksize=1428']],
    [
      'curl',
      70,
      { tsize: '0', blksize: '512', timeout: '6' },
      ['1> OACK tsize=70 blksize=512 timeout=6'],
    ],
    ['curl, an empty file', 0, { tsize: '0', blksize: '512' }, ['1> OACK blksize=512']],
    ['busybox', 70, { tsize: '0' }, ['1> OACK tsize=70']],
    ['busybox, an empty file', 0, { tsize: '0' }, ['1> DATA 1 0']],
    [
      'npm tftp',
      70,
      { blksize: '1468', timeout: '3000', windowsize: '4', rollover: '0', tsize: '0' },
      ['1> OACK blksize=1468 windowsize=4 rollover=0 tsize=70'],
    ],
    ['options that nobody knows', 5, { multicast: '' }, ['1> DATA 1 5']],
  ]
  for (const [client, bytes, options, expected] of rows) {
    test(`ServerReadTransfer answers ${client}`, () => {
      assert.deepEqual(reading(bytes, options).said, expected)
    })
  }
})

test('ServerReadTransfer waits for ACK 0 after an OACK, then sends block by block', () => {
  const { exchange } = reading(1100, { blksize: '512' })
  assert.deepEqual(exchange.ack(1), [])
  assert.deepEqual(exchange.ack(0), ['1> DATA 1 512'])
  assert.deepEqual(exchange.ack(1), ['1> DATA 2 512'])
  assert.deepEqual(exchange.ack(2), ['1> DATA 3 76'])
  assert.deepEqual(exchange.ack(3), [])
  assert.deepEqual(exchange.outcomes, ['delivered'])
  const { bytes, blocks, retransmits } = exchange.read.stats
  assert.deepEqual({ bytes, blocks, retransmits }, { bytes: 1100, blocks: 3, retransmits: 0 })
})

test('ServerReadTransfer ends a file that fills its blocks with an empty one', () => {
  for (const [bytes, blocks] of [
    [0, ['0']],
    [511, ['511']],
    [512, ['512', '0']],
    [513, ['512', '1']],
    [1024, ['512', '512', '0']],
  ] as const) {
    const { exchange, said } = reading(bytes)
    const seen = [...said]
    for (let block = 1; exchange.outcomes.length === 0; block += 1)
      seen.push(...exchange.ack(block))
    assert.deepEqual(
      seen,
      blocks.map((size, index) => `1> DATA ${index + 1} ${size}`),
    )
  }
})

test('ServerReadTransfer is silent while nothing is there, and swallows repeats', () => {
  const exchange = new TftpExchange()
  for (let count = 0; count < 5; count += 1) assert.deepEqual(exchange.ask('slow'), [])
  assert.equal(exchange.reads.length, 1)
  assert.equal(exchange.read.stats.repeats, 4)
  assert.deepEqual(exchange.pass(300_000), [])
  assert.deepEqual(exchange.outcomes, [])
})

test('ServerReadTransfer sends DATA 1 as soon as it is full, not before', () => {
  const exchange = new TftpExchange()
  exchange.ask('stream')
  exchange.read.begin({}, exchange.now)
  exchange.read.push(patterned(511), exchange.now)
  assert.deepEqual(exchange.said(), [])
  assert.equal(exchange.read.stats.answeredAt, undefined)
  exchange.read.push(patterned(2), exchange.now)
  assert.deepEqual(exchange.said(), ['1> DATA 1 512'])
  assert.equal(exchange.read.stats.answeredAt, exchange.now)
  exchange.read.end(exchange.now)
  assert.deepEqual(exchange.ack(1), ['1> DATA 2 1'])
})

test('ServerReadTransfer repeats DATA after 1, 2, 4, 5 s and ends after 30', () => {
  const { exchange } = reading(100)
  const times: number[] = []
  for (let ms = 0; ms < 40_000; ms += 100) {
    for (const said of exchange.pass(100)) {
      assert.equal(said, '1> DATA 1 100')
      times.push(Math.round(ms / 1000))
    }
  }
  assert.deepEqual(times, [1, 3, 7, 12, 17, 22, 27])
  assert.deepEqual(exchange.outcomes, ['timed-out'])
  assert.equal(exchange.read.stats.retransmits, 7)
})

test('ServerReadTransfer resends as the client asked, and never sooner', () => {
  const { exchange } = reading(100, { timeout: '6' })
  exchange.ack(0)
  assert.deepEqual(exchange.pass(5900), [])
  assert.deepEqual(exchange.pass(200), ['1> DATA 1 100'])
  assert.deepEqual(exchange.pass(5800), [])
  assert.deepEqual(exchange.pass(200), ['1> DATA 1 100'])
})

test('ServerReadTransfer repeats an OACK that nobody answers', () => {
  const { exchange } = reading(100, { blksize: '512' })
  assert.deepEqual(exchange.pass(1100), ['1> OACK blksize=512'])
  assert.deepEqual(exchange.pass(2000), ['1> OACK blksize=512'])
  assert.deepEqual(exchange.ack(0), ['1> DATA 1 100'])
  assert.equal(exchange.read.stats.retransmits, 2)
})

test('ServerReadTransfer sends nothing for a duplicate ACK', () => {
  const { exchange } = reading(5000)
  assert.deepEqual(exchange.ack(1), ['1> DATA 2 512'])
  assert.deepEqual(exchange.ack(1), [])
  assert.deepEqual(exchange.ack(0), [])
  assert.deepEqual(exchange.ack(9), [])
  assert.deepEqual(exchange.ack(2), ['1> DATA 3 512'])
})

test('ServerReadTransfer calls an ERROR at the OACK with tsize a probe', () => {
  const { exchange } = reading(3000, { tsize: '0', blksize: '1468', windowsize: '4' })
  exchange.error(8, 'User aborted the transfer')
  assert.deepEqual(exchange.outcomes, ['probe'])
  assert.deepEqual(exchange.read.clientError, { code: 8, message: 'User aborted the transfer' })
  const options = { blksize: '1468', windowsize: '4' }
  const next = { ...exchange.read.peer, port: 49_153, key: Number(exchange.read.peer.key) + 1 }
  exchange.receive(request('read', 'file', { options }), { from: next })
  exchange.read.begin({ sizeBytes: 3000 }, exchange.now)
  assert.deepEqual(exchange.said(), ['2>10.0.0.9:49153 OACK blksize=1468 windowsize=4'])
})

test('ServerReadTransfer calls any other ERROR an abort', () => {
  const later = reading(3000, { tsize: '0' }).exchange
  later.ack(0)
  later.ack(1)
  later.error(3, 'disk full')
  assert.deepEqual(later.outcomes, ['aborted'])
  const sizeless = reading(3000, { blksize: '600' }).exchange
  sizeless.error(8, 'no')
  assert.deepEqual(sizeless.outcomes, ['aborted'])
})

test('ServerReadTransfer refuses with one ERROR, and a repeat of the request is new', () => {
  const exchange = new TftpExchange()
  exchange.ask('missing', { tsize: '0' })
  exchange.read.refuse('FILE_NOT_FOUND', 'File not found', exchange.now)
  exchange.read.refuse('FILE_NOT_FOUND', 'File not found', exchange.now)
  assert.deepEqual(exchange.said(), ['1> ERROR 1 File not found'])
  assert.deepEqual(exchange.outcomes, ['refused'])
  exchange.ask('missing', { tsize: '0' })
  assert.equal(exchange.reads.length, 2)
})

test('ServerReadTransfer may be refused in the middle', () => {
  const { exchange } = reading(5000)
  exchange.ack(1)
  exchange.read.refuse('GENERATOR_FAILED', 'The file changed', exchange.now)
  assert.deepEqual(exchange.said(), ['1> ERROR 0 The file changed'])
  assert.deepEqual(exchange.ack(2), [])
  assert.deepEqual(exchange.pass(60_000), [])
})

test('ServerReadTransfer may be dropped without a word', () => {
  const exchange = new TftpExchange()
  exchange.ask('late')
  exchange.read.drop(exchange.now)
  assert.deepEqual(exchange.said(), [])
  assert.equal(exchange.read.isOver, true)
  exchange.ask('late')
  assert.equal(exchange.reads.length, 2)
})

test('ServerReadTransfer answers a listener that answers inside the event', () => {
  const exchange = new TftpExchange(
    {},
    {
      readRequested: (transfer) => {
        transfer.begin({ sizeBytes: 3 }, 1000)
        transfer.push(patterned(3), 1000)
        transfer.end(1000)
      },
    },
  )
  assert.deepEqual(exchange.ask('now'), ['1> DATA 1 3'])
  assert.deepEqual(exchange.ack(1), [])
  assert.deepEqual(exchange.outcomes, ['delivered'])
})

test('ServerReadTransfer encodes netascii, and tells its size only when all of it is known', () => {
  const text = new TextEncoder().encode('one\ntwo\n')
  const early = new TftpExchange()
  early.ask('text', { tsize: '0', blksize: '512' }, 'netascii')
  early.read.begin({ sizeBytes: 8 }, early.now)
  assert.deepEqual(early.said(), ['1> OACK blksize=512'])
  const late = new TftpExchange()
  late.ask('text', { tsize: '0' }, 'netascii')
  late.read.push(text, late.now)
  late.read.end(late.now)
  late.read.begin({ sizeBytes: 8 }, late.now)
  assert.deepEqual(late.said(), ['1> OACK tsize=10'])
  assert.deepEqual(late.ack(0), ['1> DATA 1 10'])
})

test('ServerReadTransfer clamps blocks to the path and to the route', () => {
  const exchange = new TftpExchange({ windowBlocksMax: 8 })
  exchange.ask('file', { blksize: '65464', windowsize: '64' })
  exchange.read.begin({}, exchange.now)
  assert.deepEqual(exchange.said(), ['1> OACK blksize=1468 windowsize=8'])
  exchange.ask('other', { blksize: '65464' })
  exchange.read.begin({ blockBytesMax: 600 }, exchange.now)
  assert.deepEqual(exchange.said(), ['2> OACK blksize=600'])
})

describe('ServerReadTransfer while its source stalls', () => {
  function stalled(): TftpExchange {
    const exchange = new TftpExchange()
    exchange.ask('stream')
    exchange.read.begin({}, exchange.now)
    exchange.read.push(patterned(512), exchange.now)
    exchange.said()
    assert.deepEqual(exchange.ack(1), [])
    return exchange
  }

  test('ServerReadTransfer repeats the last block, which keeps the client alive', () => {
    const exchange = stalled()
    for (let second = 0; second < 120; second += 1) {
      for (const said of exchange.pass(1000)) {
        assert.equal(said, '1> DATA 1 512')
        assert.deepEqual(exchange.ack(1), [], 'its ACK provokes nothing')
      }
    }
    assert.deepEqual(exchange.outcomes, [])
    const { retransmits } = exchange.read.stats
    assert.ok(retransmits > 20 && retransmits < 30, `${retransmits} repeats`)
    exchange.read.push(patterned(3), exchange.now)
    exchange.read.end(exchange.now)
    assert.deepEqual(exchange.said(), ['1> DATA 2 3'])
    exchange.ack(2)
    assert.deepEqual(exchange.outcomes, ['delivered'])
  })

  test('ServerReadTransfer ends when the client shows no life either', () => {
    const exchange = stalled()
    exchange.pass(29_000)
    assert.deepEqual(exchange.outcomes, [])
    exchange.pass(1500)
    assert.deepEqual(exchange.outcomes, ['timed-out'])
  })

  test('ServerReadTransfer gives the client all of its time after a stall', () => {
    const exchange = stalled()
    exchange.pass(25_000)
    exchange.read.push(patterned(512), exchange.now)
    assert.deepEqual(exchange.said().slice(-1), ['1> DATA 2 512'])
    assert.deepEqual(exchange.pass(1100), ['1> DATA 2 512'], 'waits are short again')
    exchange.pass(20_000)
    assert.deepEqual(exchange.outcomes, [])
    exchange.pass(10_000)
    assert.deepEqual(exchange.outcomes, ['timed-out'])
  })
})

test('ServerReadTransfer asks for bytes when less than two windows are there', () => {
  const exchange = new TftpExchange()
  exchange.ask('stream', { blksize: '1024', windowsize: '64' })
  assert.equal(exchange.read.wantsBytes, true)
  exchange.read.begin({}, exchange.now)
  exchange.read.push(patterned(64 * 1024), exchange.now)
  assert.equal(exchange.read.wantsBytes, true)
  exchange.read.push(patterned(64 * 1024), exchange.now)
  assert.equal(exchange.read.wantsBytes, false)
  exchange.ack(0)
  assert.equal(exchange.wantedCount, 0)
  exchange.ack(64)
  assert.equal(exchange.wantedCount, 1)
  assert.equal(exchange.read.wantsBytes, true)
  exchange.read.end(exchange.now)
  assert.equal(exchange.read.wantsBytes, false)
})
