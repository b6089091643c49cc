import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryPeer } from '../../testing/memory-datagrams.ts'
import { patterned, request, TftpExchange } from '../../testing/tftp-exchange.ts'
import { encodeAck } from './packet.ts'
import type { HoldTerms, ReadTransfer } from './server-events.ts'

// Goal: the endpoint does what the hold says, and what it did fits what follows. Method: clients
// that keep the rhythm of real ones, on a clock that is turned by hand.

const ipxe = { blksize: '1432', tsize: '0' }
const ipxeRepeats = [250, 750, 1750, 3750]
const busyboxRepeats = [100, 250, 475, 812, 1317, 2074, 3209, 4911, 6911, 8911]

interface Held {
  readonly exchange: TftpExchange
  readonly late: ReadTransfer[]
}

/** A read that is asked for again at these moments, in ms; then time passes until `untilMs`. */
function held(
  options: Record<string, string>,
  repeatsMs: readonly number[],
  { untilMs, terms }: { untilMs: number; terms?: HoldTerms },
): Held & { readonly said: string[] } {
  const late: ReadTransfer[] = []
  const exchange = new TftpExchange(
    {},
    { patienceEnded: (transfer) => void late.push(transfer), holdTerms: () => terms },
  )
  const said = exchange.ask('slow', options)
  let at = 0
  for (const repeatMs of repeatsMs) {
    said.push(...exchange.pass(repeatMs - at), ...exchange.ask('slow', options))
    at = repeatMs
  }
  said.push(...exchange.pass(untilMs - at))
  return { exchange, late, said }
}

/** The file is there. */
function ready({ exchange }: Held, bytes = 3000): string[] {
  exchange.read.begin({ sizeBytes: bytes }, exchange.now)
  exchange.read.push(patterned(bytes), exchange.now)
  exchange.read.end(exchange.now)
  return exchange.said()
}

describe('a held read', () => {
  test('is silent, and then has the true size', () => {
    const hold = held(ipxe, ipxeRepeats, { untilMs: 6000 })
    assert.deepEqual(hold.said, [])
    assert.equal(hold.exchange.read.stats.repeats, 4)
    assert.deepEqual(ready(hold), ['1> OACK blksize=1432 tsize=3000'])
  })

  test('of iPXE gets an OACK in time, each second once it was answered, and then its file', () => {
    const hold = held(ipxe, ipxeRepeats, { untilMs: 7600 })
    assert.deepEqual(hold.said, ['1> OACK blksize=1432'])
    assert.deepEqual(hold.exchange.ack(0), [])
    const more = hold.exchange.pass(10_000)
    assert.equal(more.length, 10)
    assert.deepEqual(new Set(more), new Set(['1> OACK blksize=1432']))
    assert.deepEqual(ready(hold), ['1> DATA 1 1432'])
    assert.deepEqual(hold.exchange.ack(1), ['1> DATA 2 1432'])
    assert.deepEqual(hold.exchange.read.hold?.kind, 'oack')
    assert.deepEqual(hold.late, [])
  })

  test('whose OACK was not answered yet hears it again when the file is there', () => {
    const hold = held(ipxe, ipxeRepeats, { untilMs: 7600 })
    assert.deepEqual(ready(hold), ['1> OACK blksize=1432'])
    assert.deepEqual(hold.exchange.ack(0), ['1> DATA 1 1432'])
  })

  test('hears an ERROR after the OACK', () => {
    const hold = held(ipxe, ipxeRepeats, { untilMs: 7600 })
    hold.exchange.ack(0)
    hold.exchange.read.refuse('GENERATOR_FAILED', 'broken', hold.exchange.now)
    assert.deepEqual(hold.exchange.said(), ['1> ERROR 0 broken'])
  })

  test('that has answered the OACK asks anew with the same request', () => {
    const hold = held(ipxe, ipxeRepeats, { untilMs: 7600 })
    hold.exchange.ack(0)
    hold.exchange.ask('slow', ipxe)
    assert.deepEqual([hold.exchange.reads.length, hold.exchange.outcomes], [2, ['replaced']])
  })

  test('of busybox is kept by an OACK that agrees on nothing, and then gets the true one', () => {
    const hold = held({ tsize: '0' }, busyboxRepeats, { untilMs: 20_000 })
    assert.ok(hold.said.length >= 10, `${hold.said.length} times`)
    assert.deepEqual(new Set(hold.said), new Set(['1> OACK']))
    assert.deepEqual(ready(hold), ['1> OACK tsize=3000'])
    assert.deepEqual(hold.exchange.ack(0), ['1> DATA 1 512'])
  })

  test('of a client that dies of a second OACK gets none', () => {
    const hold = held({ tsize: '0', blksize: '1428' }, [5000, 10_000, 15_000, 20_000, 25_000], {
      untilMs: 60_000,
    })
    assert.deepEqual(hold.said, [])
    assert.equal(hold.late.length, 1)
  })

  test('is told the size before the bytes are there, where that helps', () => {
    const edk2 = { tsize: '0', blksize: '1468', windowsize: '4' }
    const hold = held(edk2, [4050, 8100, 12_150, 16_200], { untilMs: 16_300 })
    assert.deepEqual(hold.said, [])
    hold.exchange.read.sizeKnown(5_000_000, hold.exchange.now)
    const said = hold.exchange.pass(6000)
    assert.equal(said[0], '1> OACK tsize=5000000 blksize=1468 windowsize=4')
  })

  test('takes the word of the operator for what it is, and the cap of its route', () => {
    const terms = { blockBytesMax: 600, profileName: 'ipxe' }
    const hold = held({ blksize: '1468' }, [33], { untilMs: 8000, terms })
    assert.deepEqual(hold.said, ['1> OACK blksize=600'])
  })

  test('says once that the patience of an unknown client is over', () => {
    const hold = held({ shoesize: '44' }, [700], { untilMs: 60_000 })
    assert.deepEqual([hold.late.length, hold.said], [1, []])
  })
})

describe('a read that asks for pause', () => {
  test('is told how long to wait, and that it was', () => {
    const hold = held({ pause: '60', tsize: '0' }, [], { untilMs: 499 })
    assert.deepEqual(hold.said, [])
    assert.deepEqual(hold.exchange.pass(101), ['1> PAUSE 5'])
    assert.deepEqual(hold.exchange.pass(4000), ['1> PAUSE 5'])
    assert.deepEqual(ready(hold), ['1> OACK pause=60 tsize=3000'])
    assert.equal(hold.exchange.read.hold?.kind, 'pause')
  })

  test('hears an ERROR when it has waited as long as it would', () => {
    const { exchange, said } = held({ pause: '3' }, [], { untilMs: 3100 })
    assert.deepEqual(said, ['1> PAUSE 3', '1> ERROR 0 The file is still being made, ask again'])
    assert.deepEqual(exchange.outcomes, ['refused'])
  })
})

test('a thousand held reads cost one entry in the wheel each, however often they repeat', () => {
  const exchange = new TftpExchange()
  const bytes = request('read', 'slow', { options: ipxe })
  const clients = Array.from({ length: 1000 }, (_, index) => memoryPeer('10.1.0.1', 2000 + index))
  for (const repeatMs of [0, ...ipxeRepeats]) {
    exchange.now = 1000 + repeatMs
    for (const from of clients) exchange.receive(bytes, { from })
  }
  assert.equal(exchange.endpoint.transferCount, 1000)
  assert.equal(exchange.endpoint.timerCount, 1000)
  exchange.receive(encodeAck(0), { from: clients[0] ?? assert.fail() })
  assert.deepEqual(exchange.said(), [])
})
