import assert from 'node:assert/strict'
import type { LocalSocket, Peer, SocketId } from '../../src/base/datagram.ts'
import type { Instant } from '../../src/base/instant.ts'
import { Opcode, readUint16, writeUint16 } from '../../src/protocol/tftp/packet.ts'
import { ServerEndpoint } from '../../src/protocol/tftp/server-endpoint.ts'
import type {
  EndpointListener,
  ReadTransfer,
  ServerTransfer,
  WriteTransfer,
} from '../../src/protocol/tftp/server-events.ts'
import { MemoryBatch, MemoryOutbox, memoryPeer } from '../../src/testing/memory-datagrams.ts'
import { Random } from './random.ts'
import type { FuzzTarget } from './target.ts'

const TRANSFERS_MAX = 24
const PER_ADDRESS_MAX = 8
const WINDOW_BLOCKS_MAX = 16
const PAYLOAD_BYTES_MAX = 1472
/** No tombstone outlives them, and none is kept for more than there are peers. */
const peers: readonly Peer[] = Array.from({ length: 40 }, (_, index) =>
  memoryPeer(`10.1.0.${index >> 3}`, 1024 + (index & 7)),
)
const sockets: readonly LocalSocket[] = [69, 20_001, 20_002].map((port, id) => ({
  id,
  address: '10.0.0.1',
  port,
  family: 'IPv4',
  role: id === 0 ? 'listen' : 'transfer',
  payloadBytesMax: PAYLOAD_BYTES_MAX,
}))
const file = new Uint8Array(100_000).fill(0x5a)

/**
 * A live server endpoint with transfers under way: whatever comes, nothing is thrown, no limit is
 * passed, one datagram provokes one answer or a window at most, and only who sent hears anything.
 */
class EndpointTarget implements FuzzTarget, EndpointListener {
  readonly name = 'endpoint'
  readonly #random = new Random(1)
  readonly #batch = new MemoryBatch()
  readonly #endpoint: ServerEndpoint
  readonly #live = new Map<Peer['key'], ReadTransfer | WriteTransfer>()
  readonly #lastSent = new Map<Peer['key'], number>()
  readonly #scratch = new Uint8Array(4096)
  #now: Instant = 0
  /** Who may hear something now; undefined: whoever has a transfer. */
  #sender: Peer | undefined
  #sentCount = 0

  constructor() {
    let next = 0
    this.#endpoint = new ServerEndpoint({
      outbox: new MemoryOutbox(({ peer, bytes }) => this.#sent(peer, bytes)),
      listener: this,
      options: {
        windowBlocksMax: WINDOW_BLOCKS_MAX,
        transfersMax: TRANSFERS_MAX,
        transfersPerAddressMax: PER_ADDRESS_MAX,
        giveUpMs: 5000,
        lingerMs: 2000,
      },
      localSocket: (id) => sockets[id],
      transferSocket: () => 1 + (next++ % 2),
    })
  }

  run(datagram: Uint8Array): void {
    const peer = this.#random.pick(peers)
    const { bytes, socket } = this.#aim(datagram, peer)
    this.#sender = peer
    this.#sentCount = 0
    this.#endpoint.receive(this.#batch.set(socket, peer, bytes), 0, this.#now)
    const mayOpenWindow = bytes.length >= 2 && readUint16(bytes, 0) === Opcode.ack
    const countMax = mayOpenWindow ? WINDOW_BLOCKS_MAX : 1
    if (this.#sentCount > countMax) assert.fail(`${this.#sentCount} datagrams answer one`)
    this.#sender = undefined
    if (this.#random.below(64) === 0) this.#pass(this.#random.pick([1, 50, 1000, 4000]))
    this.#checkLimits()
  }

  readRequested(transfer: ReadTransfer): void {
    this.#live.set(transfer.peer.key, transfer)
    const choice = this.#random.below(8)
    if (choice === 0) transfer.refuse('FILE_NOT_FOUND', 'File not found', this.#now)
    else if (choice === 1) transfer.drop(this.#now)
    else if (choice > 2) this.#serve(transfer)
  }

  writeRequested(transfer: WriteTransfer): void {
    this.#live.set(transfer.peer.key, transfer)
    const choice = this.#random.below(8)
    if (choice === 0) transfer.refuse('ACCESS_DENIED', 'No', this.#now)
    else if (choice > 1) transfer.accept({}, this.#now)
  }

  bytesWanted(transfer: ReadTransfer): void {
    transfer.push(file.subarray(0, 1 + this.#random.below(20_000)), this.#now)
    if (this.#random.below(4) === 0) transfer.end(this.#now)
  }

  dataReceived(transfer: WriteTransfer): void {
    const choice = this.#random.below(16)
    if (choice === 0) transfer.refuse('TOO_LARGE', 'Too large', this.#now)
    else if (choice === 1) transfer.pause()
    else if (choice === 2) transfer.resume(this.#now)
  }

  dataEnded(transfer: WriteTransfer): void {
    if (this.#random.below(4) > 0) transfer.finish(this.#now)
  }

  transferEnded(transfer: ServerTransfer): void {
    assert.ok(transfer.isOver)
    if (this.#live.get(transfer.peer.key) === transfer) this.#live.delete(transfer.peer.key)
  }

  datagramDropped(reason: string): void {
    assert.ok(reason.length > 0)
  }

  #serve(transfer: ReadTransfer): void {
    const bytes = this.#random.pick([0, 3, 511, 512, 5000, 70_000])
    transfer.begin(this.#random.below(2) === 0 ? { sizeBytes: bytes } : {}, this.#now)
    transfer.push(file.subarray(0, bytes), this.#now)
    if (this.#random.below(4) > 0) transfer.end(this.#now)
  }

  /** Half of what a peer with a transfer sends is made a block of it, whose number may fit. */
  #aim(datagram: Uint8Array, peer: Peer): { bytes: Uint8Array; socket: SocketId } {
    const transfer = this.#live.get(peer.key)
    const isHit = datagram.length >= 4 && this.#random.below(2) === 0
    if (transfer === undefined || !isHit) {
      return { bytes: datagram, socket: this.#random.below(10) < 7 ? 0 : this.#random.below(3) }
    }
    const fitting = (this.#lastSent.get(peer.key) ?? 0) + (transfer.kind === 'write' ? 1 : 0)
    this.#scratch.set(datagram)
    writeUint16(this.#scratch, 0, transfer.kind === 'read' ? Opcode.ack : Opcode.data)
    if (this.#random.below(8) > 0) writeUint16(this.#scratch, 2, fitting)
    return { bytes: this.#scratch.subarray(0, datagram.length), socket: transfer.socket }
  }

  #pass(ms: number): void {
    this.#now += ms
    this.#sentCount = 0
    const transfersBefore = this.#endpoint.transferCount
    this.#endpoint.wake(this.#now)
    if (this.#sentCount > transfersBefore * WINDOW_BLOCKS_MAX) assert.fail('too much in one wake')
    const { wakeAt } = this.#endpoint
    if (wakeAt !== undefined && wakeAt <= this.#now - 8) assert.fail('the endpoint stands still')
  }

  #sent(peer: Peer, bytes: Uint8Array): void {
    this.#sentCount += 1
    if (bytes.length > PAYLOAD_BYTES_MAX) assert.fail(`a datagram has ${bytes.length} bytes`)
    const isKnown = this.#sender === undefined ? this.#live.has(peer.key) : peer === this.#sender
    if (!isKnown) assert.fail(`${peer.address} hears what it has not asked`)
    const opcode = readUint16(bytes, 0)
    if (opcode === Opcode.oack) this.#lastSent.set(peer.key, 0)
    else if (opcode !== Opcode.error) this.#lastSent.set(peer.key, readUint16(bytes, 2))
  }

  #checkLimits(): void {
    const { transferCount, rememberedCount } = this.#endpoint
    if (transferCount > TRANSFERS_MAX) assert.fail(`${transferCount} transfers`)
    if (transferCount !== this.#live.size) assert.fail(`${transferCount} of ${this.#live.size}`)
    if (rememberedCount > peers.length) assert.fail(`${rememberedCount} are remembered`)
  }
}

/** See `EndpointTarget`. One endpoint lives through the whole campaign. */
export const endpointTarget: FuzzTarget = new EndpointTarget()
