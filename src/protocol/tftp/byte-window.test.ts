import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { patterned } from '../../testing/tftp-exchange.ts'
import { ByteWindow } from './byte-window.ts'

function copy(window: ByteWindow, from: number, bytes: number): Uint8Array {
  const target = new Uint8Array(bytes + 2).fill(0xee)
  window.copyTo(target, 1, { from, bytes })
  assert.equal(target[0], 0xee, 'nothing is written before the place')
  assert.equal(target[bytes + 1], 0xee, 'nothing is written behind it')
  return target.subarray(1, bytes + 1)
}

test('ByteWindow gives any part of what was appended, however it was cut', () => {
  const cuts = fc.array(fc.oneof(fc.nat(5), fc.nat(1500), fc.constant(20_000)), { maxLength: 40 })
  fc.assert(
    fc.property(
      cuts,
      fc.array(fc.tuple(fc.nat(1e6), fc.nat(3000)), { maxLength: 10 }),
      (cut, asks) => {
        const whole = patterned(cut.reduce((sum, bytes) => sum + bytes, 0))
        const window = new ByteWindow()
        let at = 0
        for (const bytes of cut) window.append(whole.subarray(at, (at += bytes)))
        assert.equal(window.endOffset, whole.length)
        for (const [start, length] of asks) {
          const from = start % (whole.length + 1)
          const bytes = Math.min(length, whole.length - from)
          assert.deepEqual(copy(window, from, bytes), whole.subarray(from, from + bytes))
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('ByteWindow reads on in order while the past is released', () => {
  const whole = patterned(500_000)
  const window = new ByteWindow()
  let pushed = 0
  for (let at = 0; at + 700 <= whole.length; at += 700) {
    while (pushed < at + 700) {
      window.append(whole.subarray(pushed, pushed + 37))
      pushed = Math.min(whole.length, pushed + 37)
    }
    assert.deepEqual(copy(window, at, 700), whole.subarray(at, at + 700))
    window.release(at + 700)
    assert.ok(window.availableBytes < 40_000, `${window.availableBytes} bytes are kept`)
  }
})

test('ByteWindow keeps a large chunk by reference', () => {
  const chunk = patterned(4096)
  const window = new ByteWindow()
  window.append(chunk)
  chunk[7] = 0xaa
  assert.equal(copy(window, 7, 1)[0], 0xaa)
})

test('ByteWindow leaves chunks as they were when it joins small ones', () => {
  const pieces = [patterned(10), patterned(11), patterned(12)]
  const before = pieces.map((piece) => piece.slice())
  const window = new ByteWindow()
  for (const piece of pieces) window.append(piece)
  assert.deepEqual(pieces, before)
  assert.deepEqual(copy(window, 10, 11), before[1])
})

test('ByteWindow refuses what is not there', () => {
  const window = new ByteWindow()
  window.append(patterned(3000))
  window.append(patterned(3000))
  window.release(3000)
  assert.throws(() => copy(window, 5999, 2), RangeError)
  assert.throws(() => copy(window, 2999, 1), RangeError)
  assert.deepEqual(copy(window, 3000, 3000), patterned(3000))
})

test('ByteWindow counts beyond 4 GiB', () => {
  const chunk = new Uint8Array(64 * 1024 * 1024)
  chunk.set(patterned(100), chunk.length - 100)
  const window = new ByteWindow()
  for (let count = 0; count < 80; count += 1) {
    window.append(chunk)
    window.release(window.endOffset - 100)
  }
  assert.equal(window.endOffset, 80 * chunk.length)
  assert.deepEqual(copy(window, window.endOffset - 100, 100), chunk.subarray(-100))
})
