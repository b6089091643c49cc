import { NetasciiEncoder } from '../../src/protocol/tftp/netascii.ts'
import { VirtualNetwork } from '../../src/testing/virtual-network.ts'
import { Random } from '../fuzz/random.ts'
import { drawScenario, type Job, type Scenario } from './scenario.ts'
import { type ClientRecord, SimulatedClient } from './simulated-client.ts'
import { type ServerRecord, SimulatedServer } from './simulated-server.ts'
import { WireWatch } from './wire-watch.ts'

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
  ensure(outcome === 'done', `job ${job.id} ended as ${outcome}`)
  const isQuick =
    job.source.gapMs + job.source.judgeMs === 0 && !job.request.options.has('utimeout')
  if (lossRate > 0 || !isQuick || 2 * (latencyMs + jitterMs) >= 1000) return
  for (const record of server.filter((one) => one.job === job)) {
    const { retransmits } = record.transfer.stats
    const isClientPatient = job.request.kind === 'read' || retransmits === 0
    ensure(retransmits === 0 || !isClientPatient, `job ${job.id} had ${retransmits} resends`)
  }
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
