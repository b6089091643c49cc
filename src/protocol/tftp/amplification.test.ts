import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryPeer } from '../../testing/memory-datagrams.ts'
import { data, patterned, request, TftpExchange } from '../../testing/tftp-exchange.ts'
import { encodeAck } from './packet.ts'
import type { ReadTransfer, ServerTransfer } from './server-events.ts'

// Goal: whoever forges the source of requests gets less than three times as many bytes sent there,
// and no client pays for that. Method: an endpoint in virtual time, its bytes counted.

const VICTIM = '10.0.0.9'
const TEN_MINUTES_MS = 600_000

const file = patterned(4000)

const answers: Readonly<Record<string, (exchange: TftpExchange) => void>> = {
  'at once': answerAll,
  'after 3 s': (exchange) => {
    exchange.pass(3000)
    answerAll(exchange)
  },
  never: () => undefined,
  'with a refusal': (exchange) => {
    for (const read of exchange.reads.splice(0)) {
      read.refuse('FILE_NOT_FOUND', `Nothing has this name, and ${'x'.repeat(70)}`, exchange.now)
    }
  },
}

const optionLines: Readonly<Record<string, Record<string, string>>> = {
  'without options': {},
  'with options': { tsize: '0', blksize: '1408', windowsize: '16' },
  'with one short option': { tsize: '0' },
}

const names: Readonly<Record<string, (index: number) => string>> = {
  'one short name': () => 'boot',
  'one letter': () => 'f',
  'short names': (index) => `f${index}`,
  'long names': (index) => `/phones/cisco/SEP0011223344${10 + index}.cnf.xml`,
}

function answerAll(exchange: TftpExchange): void {
  for (const read of exchange.reads.splice(0)) {
    read.begin({ sizeBytes: file.length }, exchange.now)
    read.push(file, exchange.now)
    read.end(exchange.now)
  }
}

/** 50 requests that nobody hears the answer to. */
function attack(way: {
  readonly answer: string
  readonly options: string
  readonly name: string
  readonly isOnePort: boolean
  readonly gapMs: number
}): TftpExchange {
  const exchange = new TftpExchange()
  for (let index = 0; index < 50; index += 1) {
    const name = names[way.name]?.(index) ?? ''
    const bytes = request('read', name, { options: optionLines[way.options] ?? {} })
    exchange.receive(bytes, { from: memoryPeer(VICTIM, way.isOnePort ? 4000 : 4000 + index) })
    if (way.gapMs > 0) answers[way.answer]?.(exchange)
    exchange.pass(way.gapMs)
  }
  answers[way.answer]?.(exchange)
  exchange.pass(TEN_MINUTES_MS)
  return exchange
}

describe('ServerEndpoint sends an address that never answers less than three times', () => {
  for (const answer of Object.keys(answers)) {
    for (const options of Object.keys(optionLines)) {
      test(`ServerEndpoint keeps 50 forged requests ${options}, answered ${answer}, small`, () => {
        for (const name of Object.keys(names)) {
          for (const isOnePort of [false, true]) {
            for (const gapMs of [0, 200, 60_000]) {
              const exchange = attack({ answer, options, name, isOnePort, gapMs })
              const { sentBytes, receivedBytes } = exchange
              const what = `${name}, ${isOnePort ? 'one port' : '50 ports'}, every ${gapMs} ms`
              assert.ok(sentBytes < 3 * receivedBytes, `${what}: ${sentBytes} of ${receivedBytes}`)
              assert.equal(sentBytes > 0, answer !== 'never', what)
            }
          }
        }
      })
    }
  }

  test('ServerEndpoint keeps 50 forged uploads small', () => {
    for (const options of Object.values(optionLines)) {
      const exchange = new TftpExchange()
      for (let index = 0; index < 50; index += 1) {
        const from = memoryPeer(VICTIM, 4000 + index)
        exchange.receive(request('write', 'f', { options }), { from })
        exchange.write.accept({}, exchange.now)
      }
      exchange.pass(TEN_MINUTES_MS)
      assert.ok(exchange.sentBytes < 3 * exchange.receivedBytes)
      assert.equal(exchange.outcomes.length, 50)
    }
  })

  const strays: readonly [string, Uint8Array][] = [
    ['ACKs of nothing', encodeAck(1)],
    ['requests that cannot be read', Uint8Array.of(0, 1, 0x61, 0)],
  ]
  for (const [what, bytes] of strays) {
    test(`ServerEndpoint keeps its ERRORs to ${what} small`, () => {
      const exchange = new TftpExchange()
      for (let index = 0; index < 50; index += 1) {
        exchange.receive(bytes, { from: memoryPeer(VICTIM, 4000 + index) })
      }
      assert.ok(exchange.sentBytes < 3 * exchange.receivedBytes)
    })
  }

  test('ServerEndpoint leaves the message out where only the code may go', () => {
    const exchange = new TftpExchange()
    const said: string[] = []
    for (let index = 0; index < 200; index += 1) {
      said.push(...exchange.receive(encodeAck(1), { from: memoryPeer(VICTIM, 4000 + index) }))
    }
    assert.equal(said.at(0)?.endsWith('ERROR 5 Unknown transfer ID'), true)
    assert.equal(said.at(-1)?.endsWith('ERROR 5 '), true)
    assert.ok(exchange.sentBytes < 3 * exchange.receivedBytes)
  })
})

/** Answers as the front would. */
function begin(read: ReadTransfer, exchange: TftpExchange): string[] {
  read.begin({}, exchange.now)
  read.push(patterned(1000), exchange.now)
  read.end(exchange.now)
  return exchange.said()
}

/** Uses up what an address is granted for nothing. */
function exhausted(): TftpExchange {
  const exchange = new TftpExchange()
  for (let index = 0; index < 10; index += 1) {
    exchange.receive(request('read', `file${index}`), { from: memoryPeer(VICTIM, 4000 + index) })
    begin(exchange.read, exchange)
  }
  exchange.pass(60_000)
  return exchange
}

describe('ServerEndpoint and clients that answer', () => {
  test('ServerEndpoint repeats DATA 1 to a lone client whose first ones are lost', () => {
    const exchange = new TftpExchange()
    exchange.ask('pxelinux.cfg')
    assert.deepEqual(begin(exchange.read, exchange), ['1> DATA 1 512'])
    assert.deepEqual(exchange.pass(7000), ['1> DATA 1 512', '1> DATA 1 512'])
    assert.deepEqual(exchange.ack(1), ['1> DATA 2 488'])
    assert.equal(exchange.read.stats.retransmits, 2)
  })

  test('ServerEndpoint repeats without limit what an address lost that has answered before', () => {
    const exchange = new TftpExchange()
    exchange.ask('one')
    begin(exchange.read, exchange)
    exchange.ack(1)
    exchange.ack(2)
    exchange.ask('two')
    begin(exchange.read, exchange)
    assert.equal(exchange.pass(29_000).length, 7)
  })

  test('ServerEndpoint frees all behind one address when one of them has answered', () => {
    const exchange = new TftpExchange()
    const held: ServerTransfer[] = []
    for (let port = 1; port <= 40; port += 1) {
      exchange.receive(request('read', 'x'), { from: memoryPeer(VICTIM, port) })
      begin(exchange.read, exchange)
      held.push(exchange.read)
    }
    const unanswered = held.filter(({ stats }) => stats.answeredAt === undefined)
    assert.ok(unanswered.length > 30, `${unanswered.length} wait`)
    const first = held.find(({ stats }) => stats.answeredAt !== undefined)
    assert.ok(first)
    exchange.receive(encodeAck(1), { socket: first.socket, from: first.peer })
    exchange.pass(2000)
    assert.ok(unanswered.every(({ stats }) => stats.answeredAt !== undefined))
  })

  test('ServerEndpoint lets a client that asks on and on have its file in the end', () => {
    const exchange = exhausted()
    exchange.ask('pxelinux.cfg')
    assert.deepEqual(begin(exchange.read, exchange), [])
    const said: string[] = []
    for (let times = 0; times < 100 && said.length === 0; times += 1) {
      said.push(...exchange.ask('pxelinux.cfg'), ...exchange.pass(5000))
    }
    assert.deepEqual(said, [`${exchange.read.socket}> DATA 1 512`])
    exchange.ack(1, exchange.read.socket)
    exchange.ack(2, exchange.read.socket)
    assert.equal(exchange.outcomes.at(-1), 'delivered')
    assert.equal(exchange.read.stats.retransmits, 0)
  })

  test('ServerEndpoint gives up whoever may not be sent anything and asks no more', () => {
    const exchange = exhausted()
    exchange.ask('pxelinux.cfg')
    begin(exchange.read, exchange)
    assert.deepEqual(exchange.pass(31_000), [])
    assert.equal(exchange.outcomes.at(-1), 'timed-out')
    assert.equal(exchange.read.stats.answeredAt, undefined)
  })

  test('ServerEndpoint takes an ACK of what has not left for no proof', () => {
    for (const options of [{}, { blksize: '1408' }]) {
      const exchange = exhausted()
      exchange.ask('pxelinux.cfg', options)
      assert.deepEqual(begin(exchange.read, exchange), [])
      for (const blockNumber of [0, 1, 2, 65_535]) {
        assert.deepEqual(exchange.ack(blockNumber, exchange.read.socket), [])
      }
      assert.deepEqual(exchange.pass(29_000), [])
    }
  })

  test('ServerEndpoint takes the first DATA of an upload for a proof', () => {
    const exchange = new TftpExchange()
    exchange.offer('log')
    exchange.write.accept({}, exchange.now)
    exchange.data(1, patterned(512))
    for (let port = 1; port <= 30; port += 1) {
      exchange.receive(request('read', 'x'), { from: memoryPeer(VICTIM, port) })
      assert.equal(begin(exchange.read, exchange).length, 1)
    }
  })

  test('ServerEndpoint takes DATA that answers nothing for no proof', () => {
    const exchange = exhausted()
    exchange.offer('log')
    exchange.write.accept({}, exchange.now)
    assert.deepEqual(exchange.said(), [])
    const { socket } = exchange.write
    assert.deepEqual(exchange.data(1, patterned(512), socket), [])
    assert.deepEqual(exchange.pass(29_000), [])
    assert.deepEqual(exchange.uploaded, [])
  })

  test('ServerEndpoint takes DATA of a stranger for no proof', () => {
    const exchange = exhausted()
    exchange.receive(data(1, patterned(3)), { socket: 1, from: memoryPeer(VICTIM, 9) })
    exchange.ask('pxelinux.cfg')
    assert.deepEqual(begin(exchange.read, exchange), [])
  })
})
