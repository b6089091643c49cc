import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryPeer } from '../../testing/memory-datagrams.ts'
import {
  CLIENT,
  data,
  OTHER_LISTENER,
  patterned,
  request,
  TftpExchange,
} from '../../testing/tftp-exchange.ts'
import { encodeAck, encodeError, encodeOack } from './packet.ts'
import type { RefusedRequest } from './server-events.ts'

// Goal: each datagram reaches the transfer it means, and nothing else happens. Method: one
// endpoint, datagrams in, words out.

const STRANGER = memoryPeer('10.0.0.8', 5)

/** A read of `file` that has sent DATA 1. */
function running(options: { readonly isSinglePort?: boolean } = {}): TftpExchange {
  const exchange = new TftpExchange(options)
  exchange.ask('file')
  begin(exchange)
  return exchange
}

function begin(exchange: TftpExchange, bytes = 3000): string[] {
  exchange.read.begin({ sizeBytes: bytes }, exchange.now)
  exchange.read.push(patterned(bytes), exchange.now)
  exchange.read.end(exchange.now)
  return exchange.said()
}

describe('ServerEndpoint tells repeats from new requests', () => {
  test('ServerEndpoint swallows a repeat before the first ACK, answered or not', () => {
    const exchange = new TftpExchange()
    exchange.ask('file')
    exchange.ask('file')
    begin(exchange)
    assert.deepEqual(exchange.ask('file'), [])
    assert.equal(exchange.reads.length, 1)
    assert.equal(exchange.read.stats.repeats, 2)
  })

  const others: readonly [string, Uint8Array][] = [
    ['another name', request('read', 'fill')],
    ['another mode', request('read', 'file', { mode: 'netascii' })],
    ['another option', request('read', 'file', { options: { tsize: '0' } })],
    ['the other direction', request('write', 'file')],
  ]
  for (const [what, bytes] of others) {
    test(`ServerEndpoint lets ${what} replace a transfer`, () => {
      const order: string[] = []
      const exchange = new TftpExchange(
        {},
        {
          readRequested: () => order.push('read'),
          writeRequested: () => order.push('write'),
          transferEnded: (_transfer, outcome) => order.push(outcome),
        },
      )
      exchange.ask('file')
      exchange.receive(bytes)
      assert.deepEqual(order, ['read', 'replaced', bytes[1] === 2 ? 'write' : 'read'])
      assert.equal(exchange.endpoint.transferCount, 1)
    })
  }

  test('ServerEndpoint lets the same request replace a transfer after an ACK', () => {
    const exchange = running()
    exchange.ack(1)
    exchange.pass(250)
    exchange.ask('file')
    assert.deepEqual(exchange.outcomes, ['replaced'])
    assert.equal(exchange.reads.length, 2)
    assert.deepEqual(begin(exchange), ['2> DATA 1 512'])
    assert.deepEqual(exchange.ack(2, 1), [], 'an ACK for the old one is silent')
    assert.deepEqual(exchange.ack(1, 2), ['2> DATA 2 512'])
  })

  test('ServerEndpoint goes on with a transfer whose request comes late, again and again', () => {
    const exchange = running()
    for (const block of [1, 2, 3]) {
      assert.deepEqual(exchange.ack(block), [`1> DATA ${block + 1} 512`])
      assert.deepEqual(exchange.ask('file'), [])
      exchange.pass(200)
    }
    exchange.ack(4)
    exchange.pass(249)
    assert.deepEqual(exchange.outcomes, [])
    assert.deepEqual([exchange.reads.length, exchange.read.stats.repeats], [1, 3])
  })

  test('ServerEndpoint begins anew 250 ms after the last ACK, not before', () => {
    const exchange = running()
    exchange.ack(1)
    exchange.pass(100)
    exchange.ask('file')
    exchange.pass(149)
    assert.deepEqual(exchange.outcomes, [])
    exchange.pass(8)
    assert.deepEqual(exchange.outcomes, ['replaced'])
    assert.equal(exchange.reads.length, 2)
  })

  test('ServerEndpoint takes ACK 0 to an OACK for an answer', () => {
    const exchange = new TftpExchange()
    exchange.ask('file', { tsize: '0' })
    begin(exchange)
    exchange.ask('file', { tsize: '0' })
    assert.equal(exchange.reads.length, 1)
    exchange.ack(0)
    exchange.pass(250)
    exchange.ask('file', { tsize: '0' })
    assert.equal(exchange.reads.length, 2)
  })

  test('ServerEndpoint does not take an ACK of nothing for an answer', () => {
    const exchange = running()
    exchange.ack(7)
    exchange.ask('file')
    assert.equal(exchange.reads.length, 1)
  })

  test('ServerEndpoint serves lpxelinux, which uses one port for all its files', () => {
    const exchange = new TftpExchange()
    for (const name of ['ldlinux.c32', 'pxelinux.cfg/default', 'vmlinuz']) {
      exchange.ask(name, { tsize: '0', blksize: '1408' })
      begin(exchange, 100)
      const { socket } = exchange.read
      assert.deepEqual(exchange.ack(0, socket), [`${socket}> DATA 1 100`])
      assert.deepEqual(exchange.ack(1, socket), [])
    }
    assert.deepEqual(exchange.outcomes, ['delivered', 'delivered', 'delivered'])
  })

  test('ServerEndpoint takes the request after a last ACK that is not yet read', () => {
    const exchange = new TftpExchange()
    exchange.ask('a', { blksize: '1408' })
    begin(exchange, 100)
    exchange.ack(0)
    exchange.ask('a', { blksize: '1408' })
    assert.deepEqual(exchange.ack(1, 1), [], 'the last ACK of the first comes late')
    assert.deepEqual(begin(exchange, 100), ['2> OACK blksize=1408'])
    assert.deepEqual(exchange.outcomes, ['replaced'])
  })

  test("ServerEndpoint bears GRUB's repeats at the transfer's own port, after ACKs too", () => {
    const exchange = running()
    const options = { socket: 1 }
    assert.deepEqual(exchange.receive(request('read', 'file'), options), [])
    exchange.ack(1)
    assert.deepEqual(exchange.receive(request('read', 'file'), options), [])
    assert.equal(exchange.reads.length, 1)
    assert.deepEqual(exchange.ack(2), ['1> DATA 3 512'])
  })

  test("ServerEndpoint takes another request at a transfer's own port for a new one", () => {
    const exchange = running()
    exchange.receive(request('read', 'next'), { socket: 1 })
    assert.deepEqual(exchange.outcomes, ['replaced'])
    assert.equal(exchange.read.listener, 0)
    begin(exchange, 10)
    exchange.ack(1, 2)
    exchange.receive(request('read', 'last'), { socket: 2 })
    assert.equal(exchange.read.listener, 0, 'just after the end as well')
  })

  test('ServerEndpoint takes no requests of strangers at a port of transfers', () => {
    const exchange = running()
    exchange.receive(request('read', 'x'), { socket: 1, from: STRANGER })
    assert.equal(exchange.reads.length, 1)
    assert.equal(exchange.dropped.length, 1)
  })

  test('ServerEndpoint works on a single port', () => {
    const exchange = running({ isSinglePort: true })
    assert.equal(exchange.read.socket, 0)
    assert.deepEqual(exchange.ask('file'), [])
    assert.equal(exchange.reads.length, 1)
    assert.deepEqual(exchange.ack(1, 0), ['0> DATA 2 512'])
    exchange.ask('file')
    assert.deepEqual(exchange.outcomes, ['replaced'])
  })
})

describe('ServerEndpoint and strangers', () => {
  const packets: readonly [string, Uint8Array][] = [
    ['an ACK', encodeAck(1)],
    ['DATA', data(1, patterned(3))],
  ]
  for (const [what, bytes] of packets) {
    test(`ServerEndpoint answers ${what} of another port with ERROR 5, and the transfer goes on`, () => {
      const exchange = running()
      const said = exchange.receive(bytes, { socket: 1, from: STRANGER })
      assert.deepEqual(said, ['1>10.0.0.8:5 ERROR 5 Unknown transfer ID'])
      assert.equal(exchange.dropped.length, 1)
      assert.deepEqual(exchange.ack(1), ['1> DATA 2 512'])
    })
  }

  const silent: readonly [string, Uint8Array][] = [
    ['an ERROR', encodeError({ code: 5, message: 'x' })],
    ['an ERROR without a code', Uint8Array.of(0, 5)],
    ['nothing at all', new Uint8Array(0)],
    ['one byte', Uint8Array.of(4)],
    ['opcode 0', Uint8Array.of(0, 0, 1, 2)],
    ['opcode 7', Uint8Array.of(0, 7, 1, 2)],
    ['opcode 65535', Uint8Array.of(255, 255, 1, 2)],
    ['an OACK', encodeOack(new Map([['tsize', '1']]))],
    ['an ACK without a number', Uint8Array.of(0, 4, 0)],
  ]
  for (const [what, bytes] of silent) {
    for (const [who, from] of [
      ['a stranger', STRANGER],
      ['the client', CLIENT],
    ] as const) {
      if (what === 'an ERROR' && from === CLIENT) continue
      test(`ServerEndpoint drops ${what} from ${who} in silence`, () => {
        const exchange = running()
        assert.deepEqual(exchange.receive(bytes, { socket: 1, from }), [])
        assert.equal(exchange.dropped.length, 1)
        assert.deepEqual(exchange.outcomes, [])
        assert.deepEqual(exchange.ack(1), ['1> DATA 2 512'])
      })
    }
  }

  test('ServerEndpoint is silent about what comes late for a transfer that ended', () => {
    const exchange = new TftpExchange()
    exchange.ask('file')
    begin(exchange, 10)
    exchange.ack(1)
    assert.deepEqual(exchange.ack(1), [])
    exchange.pass(9000)
    assert.deepEqual(exchange.ack(1), [])
    exchange.pass(2000)
    assert.deepEqual(exchange.ack(1), ['1> ERROR 5 Unknown transfer ID'])
  })

  test('ServerEndpoint sends nothing to port 0, and nothing to itself', () => {
    const exchange = new TftpExchange()
    for (const from of [memoryPeer('10.0.0.8', 0), memoryPeer('10.0.0.1', 69)]) {
      assert.deepEqual(exchange.receive(request('read', 'x'), { from }), [])
      assert.deepEqual(exchange.receive(Uint8Array.of(0, 1, 0), { from }), [])
    }
    assert.deepEqual(exchange.receive(encodeAck(1), { from: memoryPeer('10.0.0.8', 0) }), [])
    assert.equal(exchange.reads.length, 0)
    assert.equal(exchange.dropped.length, 5)
  })

  test('ServerEndpoint forgets a request that comes from the port of a transfer', () => {
    const exchange = running()
    exchange.receive(request('read', 'x'), { from: memoryPeer('10.0.0.1', 20_001) })
    assert.equal(exchange.reads.length, 1)
  })

  test('ServerEndpoint answers a request it cannot read with ERROR 4, in few words', () => {
    const broken: readonly Uint8Array[] = [
      Uint8Array.of(0, 1),
      Uint8Array.of(0, 1, 0),
      Uint8Array.of(0, 1, 0x78),
      Uint8Array.of(0, 2, 0x78, 0, 0x78, 0),
      Uint8Array.from([0, 1, 0x78, 0, ...new TextEncoder().encode('mail'), 0]),
    ]
    for (const bytes of broken) {
      const heard: RefusedRequest[] = []
      const requestRefused = (refused: RefusedRequest): void => void heard.push(refused)
      const exchange = new TftpExchange({}, { requestRefused })
      const [said = ''] = exchange.receive(bytes)
      assert.match(said, /^1> ERROR 4 /)
      assert.equal(heard.length, 1)
      assert.ok(said.length < 100, said)
      assert.equal(exchange.endpoint.transferCount, 0)
    }
  })
})

test('ServerEndpoint hears a client that gives up before it was answered', () => {
  const exchange = new TftpExchange()
  exchange.ask('slow')
  exchange.error(0, 'gave up', 0)
  assert.deepEqual(exchange.outcomes, ['aborted'])
})

test('ServerEndpoint keeps transfers of one peer with two of our addresses apart', () => {
  const exchange = running()
  exchange.receive(request('read', 'file'), { socket: OTHER_LISTENER })
  assert.equal(exchange.endpoint.transferCount, 2)
  assert.deepEqual(begin(exchange), ['4> DATA 1 512'])
  assert.deepEqual(exchange.ack(1, 1), ['1> DATA 2 512'])
  assert.deepEqual(exchange.ack(1, 4), ['4> DATA 2 512'])
  exchange.ask('next')
  assert.deepEqual(exchange.outcomes, ['replaced'])
  assert.deepEqual(exchange.ack(2, 4), ['4> DATA 3 512'])
  exchange.receive(request('read', 'next'), { socket: OTHER_LISTENER })
  assert.deepEqual(exchange.outcomes, ['replaced', 'replaced'])
  assert.equal(exchange.endpoint.transferCount, 2)
})

test('ServerEndpoint drops requests over its limits in silence', () => {
  const inAll = new TftpExchange({ transfersMax: 2 })
  const perAddress = new TftpExchange({ transfersPerAddressMax: 2 })
  for (let port = 1; port <= 5; port += 1) {
    inAll.receive(request('read', 'x'), { from: memoryPeer(`10.0.1.${port}`, 7) })
    perAddress.receive(request('read', 'x'), { from: memoryPeer('10.0.1.1', port) })
  }
  perAddress.receive(request('read', 'x'), { from: memoryPeer('10.0.1.2', 1) })
  assert.deepEqual([inAll.reads.length, inAll.dropped.length], [2, 3])
  assert.deepEqual([perAddress.reads.length, perAddress.dropped.length], [3, 3])
  assert.deepEqual([inAll.said(), perAddress.said()], [[], []])
  for (const read of inAll.reads) read.drop(inAll.now)
  inAll.receive(request('read', 'x'), { from: memoryPeer('10.0.1.9', 7) })
  assert.equal(inAll.reads.length, 3)
})

test('ServerEndpoint lets a client replace its transfer even at the limit', () => {
  const exchange = new TftpExchange({ transfersMax: 1 })
  exchange.ask('one')
  exchange.ask('two')
  assert.deepEqual(exchange.outcomes, ['replaced'])
  assert.equal(exchange.endpoint.transferCount, 1)
})

test('ServerEndpoint takes no new requests once it refuses them, and finishes the others', () => {
  const exchange = running()
  exchange.endpoint.refuseNew()
  exchange.receive(request('read', 'x'), { from: STRANGER })
  assert.equal(exchange.reads.length, 1)
  for (let block = 1; block <= 6; block += 1) exchange.ack(block)
  assert.deepEqual(exchange.outcomes, ['delivered'])
})

test('ServerEndpoint tells the clients it has answered that it stops', () => {
  const exchange = running()
  exchange.receive(request('read', 'held'), { from: STRANGER })
  exchange.endpoint.stop(exchange.now)
  assert.deepEqual(exchange.said(), ['1> ERROR 0 The server is stopping'])
  assert.deepEqual(exchange.outcomes, ['stopped', 'stopped'])
  assert.equal(exchange.endpoint.transferCount, 0)
  assert.equal(exchange.endpoint.wakeAt, undefined)
})

test('ServerEndpoint has nothing left to wait for when all has ended', () => {
  const exchange = new TftpExchange({ lingerMs: 5000 })
  for (let port = 1; port <= 300; port += 1) {
    exchange.receive(request('read', 'x'), { from: memoryPeer('10.0.1.1', port) })
    begin(exchange, 10)
  }
  exchange.pass(31_000)
  assert.equal(exchange.outcomes.length, 300)
  assert.equal(exchange.endpoint.rememberedCount, 300)
  exchange.pass(10_000)
  assert.equal(exchange.endpoint.rememberedCount, 0)
  assert.equal(exchange.endpoint.wakeAt, undefined)
})
