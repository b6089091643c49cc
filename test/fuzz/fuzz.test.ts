import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { fuzz } from './campaign.ts'
import { corpusOf, goldenCorpus } from './corpus.ts'
import { decoderTarget } from './decoder.ts'
import { Mutator } from './mutate.ts'
import { Random } from './random.ts'
import type { FuzzTarget } from './target.ts'

const corpus = goldenCorpus()
const program = resolve(import.meta.dirname, 'main.ts')
const run = promisify(execFile)

function sequence(seed: number, count: number): string[] {
  const mutator = new Mutator(corpus, seed)
  return Array.from({ length: count }, () => Buffer.from(mutator.next()).toString('hex'))
}

test('Random gives whole numbers below the limit, all of them, the same for a seed', () => {
  const numbers = (seed: number) => {
    const random = new Random(seed)
    return Array.from({ length: 1000 }, () => random.below(10))
  }
  assert.deepEqual(new Set(numbers(1)), new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
  assert.deepEqual(numbers(7), numbers(7))
  assert.notDeepEqual(numbers(7), numbers(8))
})

test('corpusOf keeps each datagram once, by opcode', () => {
  const [one, two, other] = [Uint8Array.of(0, 1, 9), Uint8Array.of(0, 1, 8), Uint8Array.of(0, 4)]
  assert.deepEqual(corpusOf([one, two, other, Uint8Array.from(one)]), [[one, two], [other]])
})

test('Mutator gives the same sequence for a seed, and another for another', () => {
  assert.deepEqual(sequence(1, 500), sequence(1, 500))
  assert.notDeepEqual(sequence(1, 500), sequence(2, 500))
})

test('Mutator leaves its corpus as it is', () => {
  const before = corpus.flat().map((bytes) => Buffer.from(bytes).toString('hex'))
  sequence(3, 5000)
  const after = corpus.flat().map((bytes) => Buffer.from(bytes).toString('hex'))
  assert.deepEqual(after, before)
})

test('Mutator makes empty, long, unchanged and changed datagrams of every opcode', () => {
  const datagrams = sequence(4, 20_000)
  const golden = new Set(corpus.flat().map((bytes) => Buffer.from(bytes).toString('hex')))
  const opcodes = new Set(datagrams.map((hex) => hex.slice(0, 4)))
  for (const opcode of ['0000', '0001', '0002', '0003', '0004', '0005', '0006', '0007']) {
    assert.ok(opcodes.has(opcode), `no datagram begins with ${opcode}`)
  }
  const unchanged = datagrams.filter((hex) => golden.has(hex)).length
  assert.ok(unchanged > 1000 && unchanged < 10_000, `${unchanged} are unchanged`)
  assert.ok(datagrams.includes(''))
  assert.ok(datagrams.some((hex) => hex.length > 2 * 1000))
  assert.ok(datagrams.every((hex) => hex.length <= 2 * 4096))
})

/** Fails at requests whose name or options hold bytes that the corpus has not there. */
const fragile: FuzzTarget = {
  name: 'fragile',
  run(datagram) {
    if (datagram[1] === 1 && datagram.indexOf(0xff, 4) > 0) throw new TypeError('planted')
  },
}

test('fuzz finds a planted fault, and finds it again by seed and count', () => {
  const first = fuzz(fragile, { corpus, seed: 5, count: 100_000 })
  assert.ok(first.find)
  assert.match(String(first.find.error), /planted/)
  assert.throws(() => fragile.run(first.find?.datagram ?? new Uint8Array()), /planted/)
  const again = fuzz(fragile, { corpus, seed: 5, count: first.count })
  assert.deepEqual(again.find?.datagram, first.find.datagram)
  assert.equal(fuzz(fragile, { corpus, seed: 5, count: first.count - 1 }).find, undefined)
})

test('fuzz gives a find its stack and leaves the limit of stacks as it was', () => {
  const { stackTraceLimit } = Error
  const { find } = fuzz(fragile, { corpus, seed: 5, count: 100_000 })
  assert.ok(find?.error instanceof TypeError)
  assert.match(find.error.stack ?? '', /fuzz\.test\.ts/)
  assert.equal(Error.stackTraceLimit, stackTraceLimit)
})

test('decoderTarget bears whatever comes', () => {
  const { count, find } = fuzz(decoderTarget, { corpus, seed: 1, count: 100_000 })
  assert.equal(find, undefined, String(find?.error))
  assert.equal(count, 100_000)
})

test('main fuzzes the target that is named, and says what it cannot', async () => {
  const { stdout } = await run(process.execPath, [
    program,
    'decoder',
    '--count',
    '50',
    '--seed',
    '9',
  ])
  assert.match(stdout, /^decoder: seed 9\ndecoder: 50 datagrams in \d+\.\d s, \d+\/s\n$/)
  for (const args of [['nothing'], ['decoder', '--seed', 'x'], ['--count', '-1'], ['--unknown']]) {
    await assert.rejects(run(process.execPath, [program, ...args]), { code: 2 })
  }
})
