import type { LocalSocket, Peer, SocketId } from '../../src/base/datagram.ts'
import type { Instant } from '../../src/base/instant.ts'
import { ServerEndpoint } from '../../src/protocol/tftp/server-endpoint.ts'
import type {
  EndpointListener,
  ReadTransfer,
  ServerTransfer,
  TransferOutcome,
  WriteTransfer,
} from '../../src/protocol/tftp/server-events.ts'
import { MemoryBatch, memoryPeer } from '../../src/testing/memory-datagrams.ts'
import type { NetworkClock, VirtualNetwork } from '../../src/testing/virtual-network.ts'
import type { Job, Scenario } from './scenario.ts'
import type { WireWatch } from './wire-watch.ts'

/** What the server says of one transfer. */
export interface ServerRecord {
  readonly job: Job
  readonly transfer: ServerTransfer
  readonly outcome: TransferOutcome
  /** What was uploaded, where it was. */
  readonly uploaded: Uint8Array
}

/** A transfer and what its source does. */
interface Running {
  readonly job: Job
  readonly chunks: Uint8Array[]
  takenBytes: number
  /** Goes on when bytes are wanted. */
  next?: () => void
}

const ADDRESS = '10.0.0.1'
const LISTENER: SocketId = 0
const POOL_SIZE = 4

/** Where requests go. */
export const serverPeer = memoryPeer(ADDRESS, 69)

/** A server endpoint with sources of every rhythm behind it. */
export class SimulatedServer implements NetworkClock, EndpointListener {
  readonly endpoint: ServerEndpoint
  readonly records: ServerRecord[] = []
  readonly #network: VirtualNetwork
  readonly #jobs: ReadonlyMap<string, Job>
  readonly #batch = new MemoryBatch()
  readonly #running = new Map<ServerTransfer, Running>()
  readonly #watch: WireWatch
  #nextSocket = 0

  constructor(network: VirtualNetwork, scenario: Scenario, watch: WireWatch) {
    this.#network = network
    this.#watch = watch
    const jobs = scenario.clients.flatMap(({ jobs }) => jobs)
    this.#jobs = new Map(jobs.map((job) => [nameOf(job.request.filename), job]))
    const { isSinglePort, ...options } = scenario.server
    const sockets = isSinglePort ? [LISTENER] : [LISTENER, 1, 2, 3, 4]
    const locals = sockets.map((id) => localSocket(id))
    const peers = locals.map(({ port }) => memoryPeer(ADDRESS, port))
    this.endpoint = new ServerEndpoint({
      outbox: network.outbox((id) => peers[id] ?? serverPeer),
      listener: this,
      options,
      localSocket: (id) => locals[id],
      transferSocket: () => (isSinglePort ? LISTENER : 1 + (this.#nextSocket++ % POOL_SIZE)),
    })
    for (const [socket, peer] of peers.entries()) {
      network.attach(peer, {
        receive: (bytes, from) => {
          this.#watch.receive({ from, to: peer, bytes }, () => this.#receive(socket, from, bytes))
        },
      })
    }
    network.addClock(this)
  }

  get wakeAt(): Instant | undefined {
    return this.endpoint.wakeAt
  }

  wake(now: Instant): void {
    this.endpoint.wake(now)
  }

  readRequested(transfer: ReadTransfer): void {
    const { source, bytes } = this.#begin(transfer)
    this.#after(source.holdMs, () => {
      if (source.refusedAfter === 0) {
        transfer.refuse('FILE_NOT_FOUND', 'File not found', this.#network.now)
        return
      }
      transfer.begin(source.isSizeKnown ? { sizeBytes: bytes.length } : {}, this.#network.now)
      this.#push(transfer, 0)
    })
  }

  writeRequested(transfer: WriteTransfer): void {
    const { source } = this.#begin(transfer)
    this.#after(source.holdMs, () => transfer.accept({}, this.#network.now))
  }

  bytesWanted(transfer: ReadTransfer): void {
    const running = this.#running.get(transfer)
    const next = running?.next
    if (running === undefined || next === undefined) return
    delete running.next
    next()
  }

  dataReceived(transfer: WriteTransfer, bytes: Uint8Array): void {
    const running = this.#running.get(transfer)
    if (running === undefined) throw new Error('DATA for a transfer that is over')
    running.chunks.push(bytes.slice())
    const { source } = running.job
    running.takenBytes += bytes.length
    const taken = running.takenBytes
    if (source.refusedAfter !== undefined && taken > source.refusedAfter) {
      transfer.refuse('TOO_LARGE', 'Too large', this.#network.now)
    } else if (source.gapMs > 0 && taken % source.chunkBytes < bytes.length) {
      transfer.pause()
      this.#after(source.gapMs, () => transfer.resume(this.#network.now))
    }
  }

  dataEnded(transfer: WriteTransfer): void {
    const judgeMs = this.#running.get(transfer)?.job.source.judgeMs ?? 0
    this.#after(judgeMs, () => transfer.finish(this.#network.now))
  }

  transferEnded(transfer: ServerTransfer, outcome: TransferOutcome): void {
    const running = this.#running.get(transfer)
    if (running === undefined) throw new Error(`A transfer ended twice, now as ${outcome}`)
    this.#running.delete(transfer)
    const uploaded = Buffer.concat(running.chunks)
    this.records.push({ job: running.job, transfer, outcome, uploaded })
  }

  datagramDropped(): void {}

  #receive(socket: SocketId, from: Peer, bytes: Uint8Array): void {
    this.endpoint.receive(this.#batch.set(socket, from, bytes), 0, this.#network.now)
  }

  #begin(transfer: ServerTransfer): Job {
    const job = this.#jobs.get(nameOf(transfer.request.filename))
    if (job === undefined) throw new Error('A file was asked that nobody asked for')
    this.#running.set(transfer, { job, chunks: [], takenBytes: 0 })
    return job
  }

  #push(transfer: ReadTransfer, from: number): void {
    const running = this.#running.get(transfer)
    if (running === undefined) return
    const { bytes, source } = running.job
    const now = this.#network.now
    if (source.refusedAfter !== undefined && from >= source.refusedAfter) {
      transfer.refuse('GENERATOR_FAILED', 'The generator failed', now)
      return
    }
    if (from >= bytes.length) {
      transfer.end(now)
      return
    }
    if (!transfer.wantsBytes) {
      running.next = () => this.#push(transfer, from)
      return
    }
    const to = Math.min(bytes.length, from + source.chunkBytes)
    transfer.push(bytes.subarray(from, to), now)
    this.#after(source.gapMs, () => this.#push(transfer, to))
  }

  #after(ms: number, work: () => void): void {
    if (ms === 0) work()
    else this.#network.after(ms, work)
  }
}

function localSocket(id: SocketId): LocalSocket {
  const role = id === LISTENER ? 'listen' : 'transfer'
  const port = id === LISTENER ? 69 : 20_000 + id
  return { id, address: ADDRESS, port, family: 'IPv4', role, payloadBytesMax: 1472 }
}

function nameOf(filename: Uint8Array): string {
  return Buffer.from(filename).toString('latin1')
}
