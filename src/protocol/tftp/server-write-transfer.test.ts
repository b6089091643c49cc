import assert from 'node:assert/strict'
import { test } from 'node:test'
import { data, patterned, request, TftpExchange } from '../../testing/tftp-exchange.ts'

// Goal: a write as clients and a listener see it. Method: one endpoint, datagrams in, words out.

function writing(options: Record<string, string> = {}): { exchange: TftpExchange; said: string[] } {
  const exchange = new TftpExchange()
  assert.deepEqual(exchange.offer('upload', options), [])
  exchange.write.accept({}, exchange.now)
  return { exchange, said: exchange.said() }
}

test('ServerWriteTransfer accepts with ACK 0, or an OACK of what was asked', () => {
  assert.deepEqual(writing().said, ['1> ACK 0'])
  assert.deepEqual(writing({ tsize: '9', blksize: '9999' }).said, ['1> OACK tsize=9 blksize=1468'])
  assert.deepEqual(writing({ tsize: '0' }).said, ['1> OACK tsize=0'])
})

test('ServerWriteTransfer is silent until it is accepted, and swallows repeats', () => {
  const exchange = new TftpExchange()
  exchange.offer('upload')
  assert.deepEqual(exchange.offer('upload'), [])
  assert.deepEqual(exchange.data(1, patterned(512)), [])
  assert.deepEqual(exchange.pass(100_000), [])
  assert.equal(exchange.write.stats.repeats, 1)
  exchange.write.refuse('ACCESS_DENIED', 'No uploads here', exchange.now)
  assert.deepEqual(exchange.said(), ['1> ERROR 2 No uploads here'])
})

test('ServerWriteTransfer sends the last ACK only when the upload was accepted', () => {
  const { exchange } = writing()
  assert.deepEqual(exchange.data(1, patterned(512)), ['1> ACK 1'])
  assert.deepEqual(exchange.data(2, patterned(10)), [])
  assert.equal(exchange.endedUploads, 1)
  assert.deepEqual(exchange.data(2, patterned(10)), [], 'repeats are swallowed while it is judged')
  assert.deepEqual(exchange.pass(100_000), [], 'however long that takes')
  exchange.write.finish(exchange.now)
  assert.deepEqual(exchange.said(), ['1> ACK 2'])
  assert.deepEqual(exchange.outcomes, ['delivered'])
  assert.deepEqual(exchange.uploaded, [...patterned(512), ...patterned(10)])
  const { bytes, blocks } = exchange.write.stats
  assert.deepEqual({ bytes, blocks }, { bytes: 522, blocks: 2 })
})

test('ServerWriteTransfer repeats its last ACK for 10 s', () => {
  const { exchange } = writing()
  exchange.data(1, patterned(10))
  exchange.write.finish(exchange.now)
  exchange.said()
  assert.equal(exchange.endpoint.transferCount, 0)
  assert.deepEqual(exchange.data(1, patterned(10)), ['1> ACK 1'])
  exchange.pass(9000)
  assert.deepEqual(exchange.data(1, patterned(10)), ['1> ACK 1'])
  assert.deepEqual(exchange.data(2, patterned(10)), [])
  exchange.pass(2000)
  assert.deepEqual(exchange.data(1, patterned(10)), ['1> ERROR 5 Unknown transfer ID'])
  assert.equal(exchange.endpoint.wakeAt, undefined)
})

test('ServerWriteTransfer does not repeat its last ACK without end', () => {
  const { exchange } = writing()
  exchange.data(1, patterned(10))
  exchange.write.finish(exchange.now)
  exchange.said()
  const said = Array.from({ length: 50 }, () => exchange.data(1, patterned(10))).flat()
  assert.equal(said.length, 16)
})

test('ServerWriteTransfer refuses an upload that was judged bad, without its last ACK', () => {
  const { exchange } = writing()
  exchange.data(1, patterned(10))
  exchange.write.refuse('TOO_LARGE', 'Disk full', exchange.now)
  assert.deepEqual(exchange.said(), ['1> ERROR 3 Disk full'])
  assert.deepEqual(exchange.data(1, patterned(10)), [])
  assert.deepEqual(exchange.outcomes, ['refused'])
})

test('ServerWriteTransfer cannot be finished before its last block', () => {
  const { exchange } = writing()
  exchange.data(1, patterned(512))
  assert.throws(() => exchange.write.finish(exchange.now), TypeError)
  assert.deepEqual(exchange.outcomes, [])
})

test('ServerWriteTransfer may be finished or refused inside the event', () => {
  for (const isFine of [true, false]) {
    const exchange = new TftpExchange(
      {},
      {
        writeRequested: (transfer) => transfer.accept({}, 1000),
        dataEnded: (transfer) => {
          if (isFine) transfer.finish(1000)
          else transfer.refuse('FILE_EXISTS', 'File exists', 1000)
        },
      },
    )
    assert.deepEqual(exchange.offer('upload'), ['1> ACK 0'])
    const said = exchange.data(1, patterned(3))
    assert.deepEqual(said, [isFine ? '1> ACK 1' : '1> ERROR 6 File exists'])
    assert.deepEqual(exchange.outcomes, [isFine ? 'delivered' : 'refused'])
  }
})

test('ServerWriteTransfer makes the client wait while it is paused', () => {
  const { exchange } = writing()
  exchange.write.pause()
  assert.deepEqual(exchange.data(1, patterned(512)), [])
  assert.deepEqual(exchange.data(1, patterned(512)), [])
  assert.deepEqual(exchange.pass(20_000), [])
  exchange.write.resume(exchange.now)
  assert.deepEqual(exchange.said(), ['1> ACK 1'])
})

test('ServerWriteTransfer decodes netascii, a last CR included', () => {
  const exchange = new TftpExchange()
  exchange.offer('text', {}, 'netascii')
  exchange.write.accept({}, exchange.now)
  exchange.data(1, new TextEncoder().encode('a\r\nb\r\0c\r'))
  assert.equal(new TextDecoder().decode(Uint8Array.from(exchange.uploaded)), 'a\nb\rc\r')
  assert.equal(exchange.write.stats.bytes, 8)
})

test('ServerWriteTransfer takes an equal request after DATA for a new one', () => {
  const { exchange } = writing()
  exchange.data(1, patterned(512))
  exchange.offer('upload')
  assert.deepEqual(exchange.outcomes, [], 'it may have come late')
  exchange.pass(300)
  assert.deepEqual(exchange.outcomes, ['replaced'])
  assert.equal(exchange.writes.length, 2)
})

test('ServerWriteTransfer repeats ACK 0 and ends after 30 s', () => {
  const { exchange } = writing()
  const said = exchange.pass(40_000)
  assert.deepEqual(new Set(said), new Set(['1> ACK 0']))
  assert.deepEqual(exchange.outcomes, ['timed-out'])
})

test('ServerWriteTransfer ends when the client sends an ERROR', () => {
  const { exchange } = writing()
  exchange.error(3, 'my disk')
  assert.deepEqual(exchange.outcomes, ['aborted'])
  assert.deepEqual(exchange.write.clientError, { code: 3, message: 'my disk' })
})

test('ServerWriteTransfer acknowledges windows', () => {
  const { exchange } = writing({ windowsize: '4', blksize: '8' })
  const said = [1, 2, 3, 4, 5, 7, 8, 6, 7, 8, 9].map((block) => exchange.data(block, patterned(8)))
  assert.deepEqual(said.flat(), ['1> ACK 4', '1> ACK 5', '1> ACK 9'])
})

test('ServerWriteTransfer is not disturbed by another port', () => {
  const { exchange } = writing()
  const stranger = { ...exchange.write.peer, port: 7, key: 7 }
  const said = exchange.receive(data(1, patterned(3)), { socket: 1, from: stranger })
  assert.deepEqual(said, ['1>10.0.0.9:7 ERROR 5 Unknown transfer ID'])
  assert.deepEqual(exchange.data(1, patterned(512)), ['1> ACK 1'])
  assert.equal(exchange.receive(request('write', 'upload'), { socket: 1 }).length, 0)
  assert.deepEqual(exchange.outcomes, [])
})
