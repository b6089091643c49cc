import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryPeer } from '../../testing/memory-datagrams.ts'
import { patterned, request, TftpExchange } from '../../testing/tftp-exchange.ts'
import { RequestBacklog } from './request-backlog.ts'
import { hashOf } from './request-hash.ts'

// Goal: what is read late is known to be old. Method: turns of many requests, in virtual time.

function turns(backlog: RequestBacklog, times: readonly number[], requests: number): void {
  for (const now of times) {
    backlog.turn(now)
    for (let count = 0; count < requests; count += 1) backlog.request()
  }
}

test('RequestBacklog is there after 100 ms of full turns, and gone with one that is not full', () => {
  const backlog = new RequestBacklog()
  turns(backlog, [0, 50, 99], 8)
  assert.equal(backlog.since(99), undefined)
  turns(backlog, [100, 150], 8)
  assert.equal(backlog.since(150), 0)
  turns(backlog, [151], 7)
  turns(backlog, [152], 8)
  assert.equal(backlog.since(400), undefined)
})

test('RequestBacklog is not there where few requests come at a time', () => {
  const backlog = new RequestBacklog()
  turns(backlog, [0, 100, 200, 300], 7)
  assert.equal(backlog.since(300), undefined)
})

test('hashOf tells requests apart', () => {
  const hashes = new Set<number>()
  for (let number = 0; number < 10_000; number += 1)
    hashes.add(hashOf(request('read', `${number}.cfg`)))
  assert.ok(hashes.size > 9_990)
  assert.equal(hashOf(request('read', 'a')), hashOf(request('read', 'a')))
})

/** Full turns for 200 ms. */
function behind(exchange: TftpExchange): void {
  for (let turn = 0; turn < 5; turn += 1) {
    for (let number = 0; number < 8; number += 1) {
      const from = memoryPeer('10.9.0.1', 1000 + turn * 8 + number)
      exchange.receive(request('read', 'other'), { from })
    }
    exchange.now += 50
  }
}

function begun(): TftpExchange {
  const exchange = new TftpExchange()
  exchange.ask('file')
  const { read } = exchange
  read.begin({ sizeBytes: 600 }, exchange.now)
  read.push(patterned(600), exchange.now)
  read.end(exchange.now)
  return exchange
}

test('ServerEndpoint takes a request for a repeat that was served since it fell behind', () => {
  const exchange = begun()
  const before = exchange.reads.length
  behind(exchange)
  exchange.ack(1, 1)
  exchange.ask('file')
  exchange.ack(2, 1)
  assert.deepEqual(exchange.outcomes, ['delivered'])
  behind(exchange)
  const count = exchange.reads.length
  exchange.ask('file')
  assert.equal(exchange.reads.length, count, 'it was sent before the end')
  exchange.ask('another')
  assert.equal(exchange.reads.length, count + 1)
  assert.ok(count > before)
})

test('ServerEndpoint serves the same file anew once it is behind no more', () => {
  const exchange = begun()
  exchange.ack(1, 1)
  exchange.ack(2, 1)
  behind(exchange)
  exchange.now += 50
  exchange.ack(9, 1)
  exchange.now += 1
  const count = exchange.reads.length
  exchange.ask('file')
  assert.equal(exchange.reads.length, count + 1)
})
