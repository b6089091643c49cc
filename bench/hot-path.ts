/**
 * What Trivet itself costs for a transfer: everything but the system's part. Devices and server are
 * one thread, and datagrams are handed over in memory.
 *
 *     node bench/hot-path.ts [--transfers 50000] [--blksize 1428] [--site FOLDER]
 */
import { performance, PerformanceObserver } from 'node:perf_hooks'
import type { Peer } from '../src/base/datagram.ts'
import { loadSite } from '../src/config/load.ts'
import { TftpFront } from '../src/fronts/tftp/tftp-front.ts'
import { createLog } from '../src/observe/log.ts'
import { RecordingJournal } from '../src/observe/recording-journal.ts'
import { Router } from '../src/routing/router.ts'
import { createAnswerer } from '../src/server/answerer.ts'
import { buildRoutes } from '../src/server/build-routes.ts'
import { openRenditions } from '../src/server/open-renditions.ts'
import { requestIds } from '../src/server/request-ids.ts'
import { MemoryBatch, MemoryTransport } from './memory-transport.ts'
import { programArgs } from '../tools/program-args.ts'

const DEVICES = 100
const { values } = programArgs(import.meta.filename, {
  options: {
    transfers: { type: 'string', default: '50000' },
    blksize: { type: 'string' },
    site: { type: 'string', default: '.' },
    name: { type: 'string', default: 'cfg/%.cfg' },
  },
})

const { site } = await loadSite(values.site)
const routes = await buildRoutes({
  site,
  serverSoftware: 'trivet',
  isProtected: () => false,
  warn: console.error,
})
const log = createLog({ isPretty: false })
const answer = createAnswerer({ router: new Router(routes), renditions: openRenditions(site), log })

let done = 0
let begun = 0
let goal = 0
let waiting = new MemoryBatch()
let spare = new MemoryBatch()
const blocks = new Map<number, number>()
const ack = new Uint8Array([0, 4, 0, 0])
const blockBytes = Number(values.blksize ?? 512)
const transport = new MemoryTransport((peer, slab, { offset, bytes }) => {
  const opcode = slab[offset + 1]
  if (opcode === 5)
    throw new Error(`ERROR ${Buffer.from(slab.subarray(offset + 4, offset + bytes)).toString()}`)
  ack[2] = opcode === 3 ? (slab[offset + 2] ?? 0) : 0
  ack[3] = opcode === 3 ? (slab[offset + 3] ?? 0) : 0
  queue(peer, 1, ack)
  if (opcode !== 3 || bytes >= blockBytes + 4) return
  done += 1
  if (begun < goal) ask(peer.port)
})
const front = new TftpFront({
  transport,
  answer,
  log,
  journal: new RecordingJournal({ log }),
  newId: requestIds(),
  endpoint: site.limits,
  collectBytesMax: site.limits.collectBytesMax,
})

function queue(peer: Peer, socket: number, bytes: Uint8Array): void {
  if (waiting.isFull) throw new Error('The batch is full')
  waiting.add(peer, socket, bytes)
}

function ask(port: number): void {
  const name = values.name.replace('%', String(begun % 10_000).padStart(6, '0'))
  begun += 1
  const options = values.blksize === undefined ? '' : `blksize\0${blockBytes}\0tsize\x000\0`
  const peer = { key: 0x7f000001 * 65_536 + port, address: '127.0.0.1', port }
  queue(peer, 0, Buffer.from(`\0\x01${name}\0octet\0${options}`))
}

async function run(count: number): Promise<void> {
  ;[done, begun, goal] = [0, 0, count]
  blocks.clear()
  for (let device = 0; device < DEVICES; device += 1) ask(10_000 + device)
  // oxlint-disable-next-line no-unmodified-loop-condition -- the transport counts them
  while (done < goal) {
    const batch = waiting
    waiting = spare
    spare = batch
    front.receive(batch)
    batch.clear()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

let gcMs = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) gcMs += entry.duration
}).observe({ entryTypes: ['gc'] })

await run(Number(values.transfers) / 2)
gcMs = 0
const heap = process.memoryUsage().heapUsed
const cpu = process.cpuUsage()
const start = performance.now()
await run(Number(values.transfers))
const { user, system } = process.cpuUsage(cpu)
const wallMs = performance.now() - start
const per = (ms: number): string => `${((ms * 1000) / Number(values.transfers)).toFixed(1)} µs`
console.error(
  `per transfer: ${per(wallMs)} wall, ${per((user + system) / 1000)} CPU of all threads, of which ${per(gcMs)} GC; heap ${(heap / 2 ** 20).toFixed(0)} MiB`,
)
process.exit(0)
