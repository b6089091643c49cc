import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ListenError } from '../listen-error.ts'
import { planListening } from './listen-plan.ts'

test('planListening tells wildcards from addresses, and opens each place once', () => {
  const plan = planListening([
    { address: '127.0.0.1', port: 69 },
    { address: '::ffff:127.0.0.1', port: 69 },
    { address: '0:0:0:0:0:0:0:1', port: 69 },
    { address: '0.0.0.0', port: 69 },
    { address: '::', port: 69 },
    { address: '::0', port: 69 },
  ])
  assert.deepEqual(plan, {
    fixed: [
      { address: '127.0.0.1', port: 69 },
      { address: '::1', port: 69 },
    ],
    wildcards: [
      { family: 'IPv4', port: 69 },
      { family: 'IPv6', port: 69 },
    ],
  })
})

test('planListening keeps every port 0, for each is another port', () => {
  const any = { address: '127.0.0.1', port: 0 }
  assert.equal(planListening([any, any]).fixed.length, 2)
})

test('planListening keeps the scope, whatever the interface is called', () => {
  const plan = planListening([{ address: 'FE80::1%br-lan.100', port: 69 }])
  assert.deepEqual(plan.fixed, [{ address: 'fe80::1%br-lan.100', port: 69 }])
})

test('planListening refuses what is not a unicast address and a port', () => {
  const places: [string, number][] = [
    ['localhost', 69],
    ['', 69],
    ['127.1', 69],
    ['224.0.0.1', 69],
    ['ff02::1%eth0', 69],
    ['255.255.255.255', 69],
    ['127.0.0.1', 65_536],
    ['127.0.0.1', -1],
    ['127.0.0.1', 69.5],
  ]
  for (const [address, port] of places) {
    assert.throws(
      () => planListening([{ address, port }]),
      (error) => error instanceof ListenError && error.code === 'EINVAL',
      `${address} ${port}`,
    )
  }
})
