import type { Peer } from '../../src/base/datagram.ts'
import { decodeOack, Opcode, readUint16 } from '../../src/protocol/tftp/packet.ts'

/** One datagram between two ports. */
export interface Passing {
  readonly from: Peer
  readonly to: Peer
  readonly bytes: Uint8Array
}

/** What one side sends of a file. */
interface Flow {
  windowBlocks: number
  /** The block that is out at windowsize 1, and whether its ACK has not come. */
  latestBlock: number
  isAwaited: boolean
  lastAck: number | undefined
  /** Whatever lets a window restart: progress and timers. */
  occasions: number
  /** Duplicate ACKs that provoked DATA. */
  restarts: number
  dataCount: number
}

/**
 * Watches what an ACK provokes.
 *
 * At windowsize 1 a duplicate must provoke no DATA (RFC 1123 §4.2.3.1). With a window it may
 * restart it, but not more often than there was progress or a timeout, and no ACK lets more leave
 * than a window.
 */
export class WireWatch {
  readonly #flows = new Map<string, Flow>()
  readonly #requests = new Map<Peer['key'], string>()
  #isInCall = false
  /** DATA seen in all. */
  dataCount = 0

  /** Sees a datagram that is sent. */
  sent({ from, to, bytes }: Passing): void {
    const opcode = readUint16(bytes, 0)
    if (opcode === Opcode.rrq || opcode === Opcode.wrq) this.#request(from, bytes)
    if (opcode === Opcode.oack)
      this.#agree(Number(decodeOack(bytes).get('windowsize') ?? 1), from, to)
    if (opcode !== Opcode.data) return
    const flow = this.#flow(from, to)
    const blockNumber = readUint16(bytes, 2)
    this.dataCount += 1
    flow.dataCount += 1
    if (!this.#isInCall) flow.occasions += 1
    if (blockNumber === flow.latestBlock) return
    flow.latestBlock = blockNumber
    flow.isAwaited = true
  }

  /** Sees a datagram that arrives, and what happens then. @throws {Error} When it may not. */
  receive({ from, to, bytes }: Passing, call: () => void): void {
    const flow = this.#flow(to, from)
    const isAck = readUint16(bytes, 0) === Opcode.ack
    const blockNumber = readUint16(bytes, 2)
    const isFirst = flow.isAwaited && blockNumber === flow.latestBlock
    const before = flow.dataCount
    this.#isInCall = true
    call()
    this.#isInCall = false
    if (!isAck) return
    const provoked = flow.dataCount - before
    if (isFirst && flow.latestBlock === blockNumber) flow.isAwaited = false
    if (flow.windowBlocks === 1) {
      if (provoked > 0 && !isFirst) throw new Error(`A duplicate ACK ${blockNumber} provoked DATA`)
    }
    if (provoked > flow.windowBlocks) {
      throw new Error(`ACK ${blockNumber} let ${provoked} blocks leave at ${flow.windowBlocks}`)
    }
    if (blockNumber !== flow.lastAck) flow.occasions += 1
    else if (provoked > 0) flow.restarts += 1
    flow.lastAck = blockNumber
    if (flow.restarts > flow.occasions + 1) throw new Error('Duplicate ACKs restart without end')
  }

  #flow(from: Peer, to: Peer): Flow {
    const name = `${from.key} ${to.key}`
    let flow = this.#flows.get(name)
    if (flow === undefined) {
      flow = {
        windowBlocks: 1,
        latestBlock: 0,
        isAwaited: true,
        lastAck: undefined,
        occasions: 0,
        restarts: 0,
        dataCount: 0,
      }
      this.#flows.set(name, flow)
    }
    return flow
  }

  /** ACK 0 answers an OACK and lets the first block leave. */
  #agree(windowBlocks: number, from: Peer, to: Peer): void {
    const flow = this.#flow(from, to)
    flow.windowBlocks = windowBlocks
    flow.latestBlock = 0
    flow.isAwaited = true
    this.#flow(to, from).windowBlocks = windowBlocks
  }

  /** Another request from a port: what was agreed on there is past. */
  #request(peer: Peer, bytes: Uint8Array): void {
    const request = Buffer.from(bytes).toString('latin1')
    if (this.#requests.get(peer.key) === request) return
    this.#requests.set(peer.key, request)
    for (const name of this.#flows.keys()) {
      if (name.split(' ').includes(String(peer.key))) this.#flows.delete(name)
    }
  }
}
