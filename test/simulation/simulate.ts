import { NetasciiEncoder } from '../../src/protocol/tftp/netascii.ts'
import { VirtualNetwork } from '../../src/testing/virtual-network.ts'
import { Random } from '../fuzz/random.ts'
import { drawScenario, type Job, type Scenario } from './scenario.ts'
import { type ClientRecord, SimulatedClient } from './simulated-client.ts'
import { type ServerRecord, SimulatedServer } from './simulated-server.ts'
import { WireWatch } from './wire-watch.ts'

/** Well under what a server or a client bears in silence, in ms. */
const PATIENCE_MS = 20_000
/** The largest block that the server's path carries. */
const BLOCK_BYTES_MAX = 1468

/** What a simulation amounted to. */
export interface SimulationResult {
  readonly jobs: number
  readonly done: number
  readonly datagrams: number
  readonly virtualSeconds: number
}

/** No file takes that long, however much is lost, in hours. */
const HOURS_MAX = 48

/**
 * Runs one simulation to its end and checks what must always hold.
 *
 * @throws {Error} When it does not hold.
 */
export function simulate(seed: number): SimulationResult {
  const scenario = drawScenario(seed)
  const random = new Random(seed ^ 0x5bd1_e995)
  const network = new VirtualNetwork(() => random.below(2 ** 32) / 2 ** 32, scenario.faults)
  const watch = new WireWatch()
  let datagrams = 0
  network.onSend = (from, to, bytes) => {
    datagrams += 1
    watch.sent({ from, to, bytes })
  }
  const server = new SimulatedServer(network, scenario, watch)
  const clients = scenario.clients.map((plan) => new SimulatedClient(network, plan, watch))
  network.run(HOURS_MAX)
  const records = clients.flatMap((client) => client.records)
  checkNothingIsLeft(server, clients)
  for (const record of records) {
    checkHonest(
      record,
      server.records.filter(({ job }) => job === record.job),
    )
    checkReliable(scenario, record, server.records)
  }
  checkThrift(scenario, server.records, watch.dataCount)
  const jobs = scenario.clients.reduce((sum, client) => sum + client.jobs.length, 0)
  const done = records.filter(({ outcome }) => outcome === 'done').length
  return { jobs, done, datagrams, virtualSeconds: network.now / 1000 }
}

function checkNothingIsLeft(server: SimulatedServer, clients: readonly SimulatedClient[]): void {
  const { transferCount, rememberedCount, wakeAt } = server.endpoint
  ensure(transferCount === 0, `${transferCount} transfers are left`)
  ensure(rememberedCount === 0, `${rememberedCount} ended transfers are remembered`)
  ensure(wakeAt === undefined, 'the server still waits')
  ensure(
    clients.every((client) => client.wakeAt === undefined),
    'a client still waits',
  )
}

/** Neither side says that a file arrived when it did not. */
function checkHonest(client: ClientRecord, server: readonly ServerRecord[]): void {
  const { job, outcome, downloaded } = client
  const isRead = job.request.kind === 'read'
  const delivered = server.filter((record) => record.outcome === 'delivered')
  const isDone = outcome === 'done'
  if (isRead && isDone) ensure(isEqual(downloaded, job.bytes), `client ${job.id} has wrong bytes`)
  if (isRead) {
    // The server may also have served a late repeat of the request: nobody acknowledged that.
    ensure(delivered.length <= 1, `read ${job.id} was delivered ${delivered.length} times`)
    ensure(delivered.length === 0 || isDone, `read ${job.id} is delivered, the client ${outcome}`)
  } else if (isDone) {
    ensure(delivered.length > 0, `write ${job.id} is done, but not delivered`)
  }
  for (const { transfer, uploaded } of delivered) {
    if (!isRead) ensure(isEqual(uploaded, job.bytes), `upload ${job.id} has wrong bytes`)
    const { bytes } = transfer.stats
    ensure(bytes === wireBytes(job), `transfer ${job.id} counts ${bytes} bytes`)
  }
}

/** Where little is lost, all files arrive; where nothing is, without a resend. */
function checkReliable(
  scenario: Scenario,
  { job, outcome }: ClientRecord,
  server: readonly ServerRecord[],
): void {
  const { lossRate, duplicateRate, reorderRate, latencyMs, jitterMs } = scenario.faults
  if (lossRate > 0.05 || duplicateRate + reorderRate > 0) return
  if (job.source.refusedAfter !== undefined || job.vanishesAfterMs !== undefined) return
  if (silenceMs(job) > PATIENCE_MS) return
  ensure(outcome === 'done', `job ${job.id} ended as ${outcome}`)
  if (lossRate > 0 || !isQuick(job) || 2 * (latencyMs + jitterMs) >= 1000) return
  for (const { job: served, transfer } of server) {
    // A client with short waits repeats its DATA while an upload is not yet accepted.
    if (served !== job || job.request.kind === 'write') continue
    const { retransmits } = transfer.stats
    ensure(retransmits === 0, `job ${job.id} had ${retransmits} resends`)
  }
}

/** Repeats that the network makes do not multiply: an echo would send every window twice. */
function checkThrift(
  { faults, clients }: Scenario,
  server: readonly ServerRecord[],
  dataCount: number,
): void {
  const roundTripMs = 2 * (faults.latencyMs + faults.jitterMs)
  const isSlow = clients.some(({ retryMs, jobs }) => {
    return retryMs <= roundTripMs || !jobs.every((job) => isQuick(job))
  })
  if (isSlow || roundTripMs >= 1000 || faults.lossRate + faults.reorderRate > 0) return
  const blocks = server.reduce((sum, { transfer }) => sum + transfer.stats.blocks, 0)
  const dataMax = blocks * (1 + 2 * faults.duplicateRate) + 64 * server.length
  ensure(dataCount <= dataMax, `${dataCount} DATA were sent for ${blocks} blocks`)
}

/** How long the source takes for its first block at most: nothing can be repeated before that. */
function silenceMs({ source }: Job): number {
  return source.holdMs + source.gapMs * Math.ceil(BLOCK_BYTES_MAX / source.chunkBytes)
}

/** Nobody has to wait so long that something is repeated. */
function isQuick({ source, request }: Job): boolean {
  return source.gapMs + source.judgeMs === 0 && !request.options.has('utimeout')
}

function wireBytes({ request, bytes }: Job): number {
  return request.mode === 'octet' ? bytes.length : new NetasciiEncoder().encode(bytes).length
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}

function ensure(claim: boolean, fault: string): void {
  if (!claim) throw new Error(fault)
}
