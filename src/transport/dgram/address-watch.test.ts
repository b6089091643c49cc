import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeAddress, type LocalAddress } from '../local-address.ts'
import { AddressWatch } from './address-watch.ts'

const loopback = describeAddress('127.0.0.1', [])
const linkLocal: LocalAddress = {
  ...describeAddress('fe80::1%eth0', []),
  interfaceName: 'eth0',
  interfaceIndex: 4,
}

interface Watched {
  readonly watch: AddressWatch
  readonly polls: string[][]
}

function watching(list: () => readonly LocalAddress[]): Watched {
  const polls: string[][] = []
  const watch = new AddressWatch(list, (addresses) => {
    polls.push(addresses.map(({ address, interfaceIndex }) => `${address} ${interfaceIndex}`))
  })
  watch.read()
  return { watch, polls }
}

test('AddressWatch keeps an address through five missed polls and gives it up at the sixth', () => {
  let listed = [loopback, linkLocal]
  const { watch, polls } = watching(() => listed)
  listed = [loopback]
  for (let poll = 0; poll < 6; poll++) watch.poll()
  assert.deepEqual(
    polls.map((addresses) => addresses.length),
    [2, 2, 2, 2, 2, 1],
  )
})

test('AddressWatch starts counting anew when the address is back', () => {
  let listed = [loopback, linkLocal]
  const { watch, polls } = watching(() => listed)
  for (const isListed of [false, false, false, false, true, false, false, false, false, false]) {
    listed = isListed ? [loopback, linkLocal] : [loopback]
    watch.poll()
  }
  assert.ok(polls.every((addresses) => addresses.length === 2))
})

test('AddressWatch takes an interface made anew at once, in place of the old one', () => {
  let listed = [linkLocal]
  const { watch, polls } = watching(() => listed)
  listed = [{ ...linkLocal, interfaceIndex: 9 }]
  watch.poll()
  assert.deepEqual(polls, [['fe80::1%eth0 9']])
})

test('AddressWatch skips a poll when the system does not answer', () => {
  let isAnswering = true
  const { watch, polls } = watching(() => {
    if (!isAnswering) throw new Error('uv_interface_addresses failed')
    return [loopback]
  })
  isAnswering = false
  watch.poll()
  assert.deepEqual(polls, [])
  isAnswering = true
  watch.poll()
  assert.equal(polls.length, 1)
})
