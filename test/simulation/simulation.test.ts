import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { memoryPeer } from '../../src/testing/memory-datagrams.ts'
import { data, patterned } from '../../src/testing/tftp-exchange.ts'
import { encodeAck, encodeOack } from '../../src/protocol/tftp/packet.ts'
import { drawScenario } from './scenario.ts'
import { simulate } from './simulate.ts'
import { WireWatch } from './wire-watch.ts'

const SEEDS = 200
const run = promisify(execFile)
const program = resolve(import.meta.dirname, 'main.ts')

test(`ServerEndpoint and its clients hold what they promise in ${SEEDS} networks`, () => {
  let done = 0
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    try {
      done += simulate(seed).done
    } catch (error) {
      throw new Error(`node test/simulation/main.ts --seed ${seed}`, { cause: error })
    }
  }
  assert.ok(done > SEEDS, `only ${done} files arrived`)
})

test('simulate gives the same run for a seed', () => {
  assert.deepEqual(simulate(7), simulate(7))
  assert.notDeepEqual(simulate(7), simulate(8))
})

test('drawScenario draws every kind of network, direction and option', () => {
  const scenarios = Array.from({ length: 400 }, (_, seed) => drawScenario(seed))
  const jobs = scenarios.flatMap(({ clients }) => clients.flatMap((client) => client.jobs))
  const some = (claims: readonly boolean[]): boolean =>
    claims.includes(true) && claims.includes(false)
  assert.ok(some(scenarios.map(({ faults }) => faults.lossRate === 0.3)))
  assert.ok(some(scenarios.map(({ server }) => server.isSinglePort)))
  assert.ok(some(jobs.map(({ request }) => request.kind === 'read')))
  assert.ok(some(jobs.map(({ request }) => request.mode === 'netascii')))
  assert.ok(some(jobs.map(({ request }) => request.options.has('rollover'))))
  assert.ok(some(jobs.map(({ bytes }) => bytes.length === 0)))
  assert.ok(some(jobs.map(({ bytes }) => bytes.length > 8 * 65_536)))
  assert.ok(some(jobs.map(({ source }) => source.gapMs === 0)))
})

test('WireWatch sees a duplicate ACK that provokes DATA', () => {
  const watch = new WireWatch()
  const server = memoryPeer('10.0.0.1', 20_001)
  const client = memoryPeer('10.0.0.9', 1024)
  const send = (block: number) => (): void =>
    watch.sent({ from: server, to: client, bytes: data(block, patterned(9)) })
  const ack = (block: number) => ({ from: client, to: server, bytes: encodeAck(block) })
  send(1)()
  watch.receive(ack(1), send(2))
  assert.throws(() => watch.receive(ack(1), send(2)), /duplicate ACK 1/)
})

test('WireWatch sees a window that restarts without end', () => {
  const watch = new WireWatch()
  const server = memoryPeer('10.0.0.1', 20_001)
  const client = memoryPeer('10.0.0.9', 1024)
  const oack = encodeOack(new Map([['windowsize', '4']]))
  watch.sent({ from: server, to: client, bytes: oack })
  const restart = (): void => {
    const send = (): void => watch.sent({ from: server, to: client, bytes: data(1, patterned(9)) })
    watch.receive({ from: client, to: server, bytes: encodeAck(0) }, send)
  }
  restart()
  restart()
  restart()
  assert.throws(restart, /without end/)
})

test('main replays a seed, and says what it cannot', async () => {
  const { stdout } = await run(process.execPath, [program, '--seed', '3'])
  assert.match(stdout, /"seed": 3[^]*1 seeds in [\d.]+ s: \d+ of \d+ files done/)
  for (const args of [['--seed', 'x'], ['--unknown'], ['--seeds', '-1']]) {
    await assert.rejects(run(process.execPath, [program, ...args]), { code: 2 })
  }
})
