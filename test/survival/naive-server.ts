import type { Peer } from '../../src/base/datagram.ts'
import type { Instant } from '../../src/base/instant.ts'
import { decodePacket, encodeOack, writeDataHeader } from '../../src/protocol/tftp/packet.ts'
import { memoryPeer } from '../../src/testing/memory-datagrams.ts'
import type { NetworkClock, VirtualNetwork } from '../../src/testing/virtual-network.ts'

/** What a server does that knows nothing of its clients, until it has the file. */
export interface NaiveStrategy {
  /** `plain`: DATA at once when the file is there, whatever options were asked for. */
  readonly kind: 'silent' | 'oack-once' | 'oack-each-second' | 'plain'
  /** Whether it tells the size in an OACK before the bytes are there. */
  readonly knowsSize: boolean
}

interface Transfer {
  readonly peer: Peer
  readonly options: ReadonlyMap<string, string>
  readonly startedAt: Instant
  blockBytes: number
  ackedBlocks: number
  isOpened: boolean
  isOver: boolean
  /** When what was sent last is sent again, or the next OACK leaves. */
  wakeAt: Instant | undefined
}

const listener = memoryPeer('10.0.0.1', 69)
const port = memoryPeer('10.0.0.1', 20_001)
const REPEAT_MS = 1000

/** A server that holds every client in the same way: what was measured before there was another. */
export class NaiveServer implements NetworkClock {
  readonly #network: VirtualNetwork
  readonly #strategy: NaiveStrategy
  readonly #file: Uint8Array
  readonly #delayMs: number
  readonly #transfers = new Map<Peer['key'], Transfer>()

  constructor(
    network: VirtualNetwork,
    strategy: NaiveStrategy,
    file: { readonly bytes: Uint8Array; readonly delayMs: number },
  ) {
    this.#network = network
    this.#strategy = strategy
    this.#file = file.bytes
    this.#delayMs = file.delayMs
    network.attach(listener, { receive: (bytes, from) => this.#asked(bytes, from) })
    network.attach(port, { receive: (bytes, from) => this.#answered(bytes, from) })
    network.addClock(this)
  }

  get wakeAt(): Instant | undefined {
    const times = [...this.#transfers.values()].flatMap(({ wakeAt }) => wakeAt ?? [])
    return times.length === 0 ? undefined : Math.min(...times)
  }

  wake(now: Instant): void {
    for (const transfer of this.#transfers.values()) {
      if (transfer.wakeAt !== undefined && transfer.wakeAt <= now) this.#act(transfer, now)
    }
  }

  #asked(bytes: Uint8Array, peer: Peer): void {
    const packet = decodePacket(bytes)
    if (packet.opcode !== 'rrq' || this.#transfers.has(peer.key)) return
    const { now } = this.#network
    const { options } = packet.request
    const { kind } = this.#strategy
    const hasOack = options.size > 0 && (kind === 'oack-once' || kind === 'oack-each-second')
    const transfer: Transfer = {
      peer,
      options,
      startedAt: now,
      blockBytes: 512,
      ackedBlocks: 0,
      isOpened: options.size === 0 || kind === 'plain',
      isOver: false,
      wakeAt: hasOack ? now : this.#readyAt(peer, now),
    }
    this.#transfers.set(peer.key, transfer)
  }

  /** The file is made once for an address: a probe and its read wait for the same one. */
  #readyAt(peer: Peer, now: Instant): Instant {
    const others = [...this.#transfers.values()].filter(({ peer: { address } }) => {
      return address === peer.address
    })
    return Math.max(now, Math.min(now, ...others.map(({ startedAt }) => startedAt)) + this.#delayMs)
  }

  #act(transfer: Transfer, now: Instant): void {
    const isReady = now >= this.#readyAt(transfer.peer, transfer.startedAt)
    if (transfer.isOver || now > transfer.startedAt + this.#delayMs + 120_000) {
      transfer.wakeAt = undefined
    } else if (!isReady) {
      this.#sendOack(transfer, this.#strategy.knowsSize)
      const repeats = this.#strategy.kind === 'oack-each-second'
      const readyAt = this.#readyAt(transfer.peer, transfer.startedAt)
      transfer.wakeAt = repeats ? Math.min(now + REPEAT_MS, readyAt) : readyAt
    } else {
      const knowsSize = this.#strategy.kind === 'silent' || this.#strategy.knowsSize
      if (transfer.isOpened) this.#sendBlock(transfer)
      else this.#sendOack(transfer, knowsSize)
      transfer.wakeAt = now + REPEAT_MS
    }
  }

  #answered(bytes: Uint8Array, peer: Peer): void {
    const transfer = this.#transfers.get(peer.key)
    if (transfer === undefined || transfer.isOver) return
    const packet = decodePacket(bytes)
    if (packet.opcode === 'error') transfer.isOver = true
    if (packet.opcode !== 'ack') return
    const { now } = this.#network
    const isReady = now >= this.#readyAt(peer, transfer.startedAt)
    if (packet.blockNumber === 0 && !transfer.isOpened) {
      transfer.isOpened = true
      if (isReady) transfer.wakeAt = now
    } else if (packet.blockNumber === transfer.ackedBlocks + 1) {
      transfer.ackedBlocks += 1
      const isWhole = transfer.ackedBlocks * transfer.blockBytes > this.#file.length
      if (isWhole) transfer.isOver = true
      transfer.wakeAt = isWhole ? undefined : now
    }
  }

  #sendOack(transfer: Transfer, knowsSize: boolean): void {
    const { options, peer } = transfer
    const agreed = new Map<string, string>()
    for (const [name, value] of options) {
      if (name === 'tsize' && knowsSize) agreed.set(name, String(this.#file.length))
      if (name === 'blksize') agreed.set(name, value)
      if (name === 'timeout' && Number(value) <= 255) agreed.set(name, value)
    }
    transfer.blockBytes = Number(agreed.get('blksize') ?? 512)
    this.#network.send(port, peer, encodeOack(agreed))
  }

  #sendBlock({ ackedBlocks, blockBytes, peer }: Transfer): void {
    const payload = this.#file.subarray(ackedBlocks * blockBytes, (ackedBlocks + 1) * blockBytes)
    const datagram = new Uint8Array(4 + payload.length)
    writeDataHeader(datagram, 0, ackedBlocks + 1)
    datagram.set(payload, 4)
    this.#network.send(port, peer, datagram)
  }
}
