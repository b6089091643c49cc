import type { Peer } from '../../src/base/datagram.ts'
import type { Instant } from '../../src/base/instant.ts'
import { ClientRead } from '../../src/protocol/tftp/client-read.ts'
import type { ClientOutcome, ClientTransfer } from '../../src/protocol/tftp/client-transfer.ts'
import { ClientWrite } from '../../src/protocol/tftp/client-write.ts'
import { memoryPeer } from '../../src/testing/memory-datagrams.ts'
import type { NetworkClock, VirtualNetwork } from '../../src/testing/virtual-network.ts'
import type { ClientPlan, Job } from './scenario.ts'
import { serverPeer } from './simulated-server.ts'
import type { WireWatch } from './wire-watch.ts'

/** What a client says of one job. */
export interface ClientRecord {
  readonly job: Job
  /** `vanished`: it said nothing, it was gone. */
  readonly outcome: ClientOutcome['kind'] | 'vanished'
  /** What it got, where it got something. */
  readonly downloaded: Uint8Array
}

/** A device that gets and puts its files, one after the other. */
export class SimulatedClient implements NetworkClock {
  readonly records: ClientRecord[] = []
  readonly #network: VirtualNetwork
  readonly #plan: ClientPlan
  readonly #peer: Peer
  #transfer: ClientTransfer | undefined
  #chunks: Uint8Array[] = []

  constructor(network: VirtualNetwork, plan: ClientPlan, watch: WireWatch) {
    this.#network = network
    this.#plan = plan
    this.#peer = memoryPeer(plan.address, plan.port)
    network.addClock(this)
    network.attach(this.#peer, {
      receive: (bytes, from, now) => {
        const call = (): void => this.#transfer?.receive(bytes, from, now)
        watch.receive({ from, to: this.#peer, bytes }, call)
      },
    })
    network.after(plan.startMs, () => this.#start(0))
  }

  get wakeAt(): Instant | undefined {
    return this.#transfer?.wakeAt
  }

  wake(now: Instant): void {
    this.#transfer?.wake(now)
  }

  #start(index: number): void {
    const job = this.#plan.jobs[index]
    if (job === undefined) return
    this.#chunks = []
    const transfer = this.#transferFor(job, index)
    this.#transfer = transfer
    transfer.start(this.#network.now)
    if (job.vanishesAfterMs === undefined) return
    this.#network.after(job.vanishesAfterMs, () => {
      if (transfer.isOver) return
      this.#transfer = undefined
      this.#network.detach(this.#peer)
      this.#record(job, 'vanished')
    })
  }

  #transferFor(job: Job, index: number): ClientTransfer {
    const common = {
      outbox: this.#network.outbox(() => this.#peer),
      socket: 0,
      server: serverPeer,
      request: job.request,
      retryMs: this.#plan.retryMs,
      onEnd: ({ kind }: ClientOutcome) => {
        this.#record(job, kind)
        this.#network.after(0.1, () => this.#start(index + 1))
      },
    }
    if (job.request.kind === 'read') {
      return new ClientRead({ ...common, onBytes: (bytes) => this.#chunks.push(bytes.slice()) })
    }
    let at = 0
    const feed = (): void => {
      while (transfer.wantsBytes) {
        if (at >= job.bytes.length) return transfer.finish(this.#network.now)
        const end = Math.min(job.bytes.length, at + 50_000)
        transfer.push(job.bytes.subarray(at, end), this.#network.now)
        at = end
      }
    }
    const transfer = new ClientWrite({
      ...common,
      onBytesWanted: () => this.#network.after(0, feed),
    })
    return transfer
  }

  #record(job: Job, outcome: ClientRecord['outcome']): void {
    this.records.push({ job, outcome, downloaded: Buffer.concat(this.#chunks) })
  }
}
