import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LocalSocket } from '../../base/datagram.ts'
import { ListenError } from '../listen-error.ts'
import { TransferPool } from './transfer-pool.ts'

const refused = new ListenError({ code: 'EMFILE', address: '127.0.0.1', port: 0 })

function socketNumber(id: number): LocalSocket {
  const at = { address: '127.0.0.1', port: 1000 + id, family: 'IPv4' } as const
  return { ...at, id, role: 'transfer', payloadBytesMax: 1472 }
}

test('TransferPool opens a port for each transfer until it is full, then takes them in turn', () => {
  let opened = 0
  const pool = new TransferPool({
    open: () => socketNumber(opened++),
    socketsMax: 3,
    onFailure: assert.fail,
  })
  assert.equal(opened, 0)
  const ids = Array.from({ length: 8 }, () => pool.next())
  assert.deepEqual(ids, [0, 1, 2, 0, 1, 2, 0, 1])
  assert.deepEqual(pool.ids, [0, 1, 2])
})

test('TransferPool goes on with the ports it has, and tells of those it lacks', () => {
  const failures: ListenError[] = []
  let opened = 0
  const pool = new TransferPool({
    open: () => {
      if (opened === 2) throw refused
      return socketNumber(opened++)
    },
    socketsMax: 16,
    onFailure: (error) => failures.push(error),
  })
  const ids = Array.from({ length: 5 }, () => pool.next())
  assert.deepEqual(ids, [0, 1, 0, 1, 0])
  assert.deepEqual(failures, [refused, refused, refused])
})

test('TransferPool without a single port gives undefined', () => {
  const pool = new TransferPool({
    open: () => {
      throw refused
    },
    socketsMax: 1,
    onFailure: () => {},
  })
  assert.equal(pool.next(), undefined)
})
