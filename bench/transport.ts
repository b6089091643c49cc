/**
 * `node bench/transport.ts [--datagrams count] [--strace]`: what a datagram costs each transport.
 *
 * An echo server runs in a process of its own; this one keeps 256 datagrams of 512 bytes on their
 * way and asks it afterwards how much CPU time it took. "Window" answers each datagram with 64
 * blocks of 1428 bytes. `--strace` counts system calls instead; times mean nothing then.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpuUsage } from 'node:process'
import type { DatagramTransport, InboundBatch, Peer } from '../src/base/datagram.ts'
import { openTransport } from '../src/transport/open-transport.ts'
import { programArgs } from '../tools/program-args.ts'

const OUTSTANDING = 256
const REQUEST_BYTES = 512
const BLOCK_BYTES = 1428
const WINDOW_BYTES = 64 * BLOCK_BYTES
const ROUNDS = 5
const LISTEN = [{ address: '127.0.0.1', port: 0 }]

interface Workload {
  readonly name: string
  /** How many datagrams are on their way at once. */
  readonly outstanding: number
  /** What answers each of them. */
  readonly answerBytes: number
}

const workloads: readonly Workload[] = [
  { name: 'echo', outstanding: OUTSTANDING, answerBytes: REQUEST_BYTES },
  // One client with one window: more would overflow the receive buffer of the generator.
  { name: 'window', outstanding: 1, answerBytes: WINDOW_BYTES },
]

const { values, positionals } = programArgs(import.meta.filename, {
  allowPositionals: true,
  options: {
    datagrams: { type: 'string', default: '200000' },
    strace: { type: 'boolean', default: false },
  },
})

/** The measured side: answers until it is told to stop, then says what it took. */
async function serve(name: string | undefined, bytes: number): Promise<void> {
  const answer = Buffer.alloc(bytes, 'x')
  const onBatch = (batch: InboundBatch): void => {
    for (let index = 0; index < batch.count; index++) {
      transport.slab.set(answer, transport.reserve(bytes))
      transport.commit(batch.sockets[index] ?? 0, batch.peer(index), bytes, BLOCK_BYTES)
    }
    transport.flush()
  }
  const options = { listen: LISTEN, singlePort: true, onBatch, onWarning: warn }
  const transport = await openTransport(options, { name })
  process.send?.({ port: transport.listeners[0]?.port })
  let before = cpuUsage()
  process.on('message', (message) => {
    const { user, system } = cpuUsage(before)
    process.send?.({ cpuUs: user + system })
    before = cpuUsage()
    if (message === 'stop') void transport.close().then(() => process.disconnect?.())
  })
}

function warn(message: string): void {
  process.stderr.write(`${message}\n`)
}

async function measureAll(datagrams: number): Promise<void> {
  for (const workload of workloads) {
    for (const name of ['dgram', 'batch']) {
      const count = workload.outstanding === 1 ? Math.ceil(datagrams / 64) : datagrams
      const { cpuUs, lost } = await measure(workload, name, count)
      const us = cpuUs.toFixed(2).padStart(8)
      console.log(`${workload.name.padEnd(7)} ${name}  ${us} µs of CPU per request, ${lost} lost`)
    }
  }
}

interface Cost {
  /** The median of the rounds, for one request and its answer. */
  readonly cpuUs: number
  readonly lost: number
}

async function measure(workload: Workload, name: string, count: number): Promise<Cost> {
  const child = startServer(workload, name)
  const { port } = await answerOf<{ port: number }>(child)
  const generator = new Generator(workload)
  const transport = await openTransport({
    listen: LISTEN,
    singlePort: true,
    onBatch: (batch) => generator.receive(batch, transport),
    onWarning: warn,
  })
  const peer = { key: 0x7f00_0001 * 65_536 + port, address: '127.0.0.1', port }
  const costs: number[] = []
  // The first round only warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    await generator.run(transport, peer, count)
    child.send(round === ROUNDS ? 'stop' : 'read')
    const { cpuUs } = await answerOf<{ cpuUs: number }>(child)
    if (round > 0) costs.push(cpuUs / count)
  }
  await Promise.all([once(child, 'exit'), transport.close()])
  costs.sort((one, other) => one - other)
  return { cpuUs: costs[Math.floor(costs.length / 2)] ?? 0, lost: generator.lost }
}

function startServer({ answerBytes: bytes }: Workload, name: string): ChildProcess {
  const server = [process.execPath, import.meta.filename, 'serve', name, String(bytes)]
  const tracer = values.strace ? ['strace', '-f', '-c', '-S', 'calls'] : []
  const [command = '', ...args] = [...tracer, ...server]
  return spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T]
  return message
}

/** Keeps datagrams on their way; a lost one is replaced when nothing came for a while. */
class Generator {
  readonly #workload: Workload
  readonly #request = new Uint8Array(REQUEST_BYTES)
  #unsent = 0
  #unansweredBytes = 0
  #receivedBytes = 0
  #done: (() => void) | undefined
  #peer: Peer | undefined
  lost = 0

  constructor(workload: Workload) {
    this.#workload = workload
  }

  async run(transport: DatagramTransport, peer: Peer, count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#done = resolve
    this.#peer = peer
    this.#unsent = count
    this.#unansweredBytes = count * this.#workload.answerBytes
    this.#receivedBytes = 0
    this.#send(transport, this.#workload.outstanding)
    let seenBytes = this.#unansweredBytes
    const watch = setInterval(() => {
      if (seenBytes === this.#unansweredBytes) this.#replace(transport)
      seenBytes = this.#unansweredBytes
    }, 200)
    await promise
    clearInterval(watch)
  }

  receive(batch: InboundBatch, transport: DatagramTransport): void {
    const { answerBytes: bytes } = this.#workload
    for (let index = 0; index < batch.count; index++) {
      this.#receivedBytes += batch.lengths[index] ?? 0
      this.#unansweredBytes -= batch.lengths[index] ?? 0
    }
    const answers = Math.floor(this.#receivedBytes / bytes)
    this.#receivedBytes -= answers * bytes
    this.#send(transport, answers)
    if (this.#unansweredBytes <= 0) this.#done?.()
  }

  /** What is missing counts as answered, or the run would never end. */
  #replace(transport: DatagramTransport): void {
    const missing = Math.min(
      this.#unansweredBytes,
      this.#workload.outstanding * this.#workload.answerBytes,
    )
    this.lost += Math.ceil(missing / this.#workload.answerBytes)
    this.#unansweredBytes -= missing
    this.#receivedBytes = 0
    this.#send(transport, this.#workload.outstanding)
    if (this.#unansweredBytes <= 0) this.#done?.()
  }

  #send(transport: DatagramTransport, wanted: number): void {
    const peer = this.#peer
    if (peer === undefined) return
    const count = Math.min(wanted, this.#unsent)
    this.#unsent -= count
    for (let sent = 0; sent < count; sent++) {
      transport.slab.set(this.#request, transport.reserve(REQUEST_BYTES))
      transport.commit(transport.listeners[0]?.id ?? 0, peer, REQUEST_BYTES)
    }
    transport.flush()
  }
}

const [role, transportName, answerBytes] = positionals
if (role === 'serve') await serve(transportName, Number(answerBytes))
else await measureAll(Number(values.datagrams))
