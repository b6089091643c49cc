import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryPeer } from './memory-datagrams.ts'
import { type NetworkFaults, VirtualNetwork } from './virtual-network.ts'

const [here, there] = [memoryPeer('10.0.0.1', 1), memoryPeer('10.0.0.2', 2)]
const fine: NetworkFaults = {
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  latencyMs: 10,
  jitterMs: 0,
}

/** Sends `count` numbered datagrams. @returns What arrived, in order. */
function arrivals(faults: Partial<NetworkFaults>, count = 200): number[] {
  let state = 1
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  const network = new VirtualNetwork(random, { ...fine, ...faults })
  const arrived: number[] = []
  network.attach(there, { receive: ([number = -1]) => void arrived.push(number) })
  for (let number = 0; number < count; number += 1) {
    network.after(number, () => network.send(here, there, Uint8Array.of(number)))
  }
  network.run(1)
  return arrived
}

const inOrder = Array.from({ length: 200 }, (_, index) => index)

test('VirtualNetwork carries all in order when nothing is wrong', () => {
  assert.deepEqual(arrivals({}), inOrder)
  assert.deepEqual(arrivals({ jitterMs: 50 }), inOrder)
})

test('VirtualNetwork loses, repeats and reorders as it is told', () => {
  const lost = 200 - arrivals({ lossRate: 0.3 }).length
  assert.ok(lost > 30 && lost < 90, `${lost} of 200 are lost`)
  const repeated = arrivals({ duplicateRate: 0.3 }).length - 200
  assert.ok(repeated > 30 && repeated < 90, `${repeated} of 200 are repeated`)
  const disordered = arrivals({ reorderRate: 0.3 })
  assert.notDeepEqual(disordered, inOrder)
  assert.deepEqual(new Set(disordered), new Set(inOrder))
})

test('VirtualNetwork loses what is sent to nobody', () => {
  const network = new VirtualNetwork(() => 0.5, fine)
  network.attach(there, { receive: () => assert.fail('it was detached') })
  network.send(here, there, Uint8Array.of(1))
  network.detach(there)
  network.run(1)
  assert.equal(network.now, 10)
})

test('VirtualNetwork wakes clocks in time, and says when one never ends', () => {
  const network = new VirtualNetwork(() => 0, fine)
  const wokenAt: number[] = []
  const clock = {
    wakeAt: 5 as number | undefined,
    wake(now: number): void {
      wokenAt.push(now)
      clock.wakeAt = now < 500 ? now + 100 : undefined
    },
  }
  network.addClock(clock)
  network.run(1)
  assert.deepEqual(wokenAt, [5, 105, 205, 305, 405, 505])
  const endless = {
    wakeAt: 1000,
    wake(): void {
      endless.wakeAt += 100_000
    },
  }
  network.addClock(endless)
  assert.throws(() => network.run(1), /still waits/)
})
