import type { Peer } from '../../src/base/datagram.ts'
import type { Instant } from '../../src/base/instant.ts'
import {
  decodePacket,
  encodeAck,
  encodeError,
  encodeRequest,
} from '../../src/protocol/tftp/packet.ts'
import { memoryPeer } from '../../src/testing/memory-datagrams.ts'
import type { NetworkClock, VirtualNetwork } from '../../src/testing/virtual-network.ts'
import type { ClientTiming, SecondOackEffect } from './client-timing.ts'

/** What came of a client's wish. */
export type Fate =
  | 'file'
  /** It waited as long as it does. */
  | 'gave-up'
  /** It ended the transfer itself. */
  | 'aborted'
  /** It took an empty file for the whole. */
  | 'empty-file'
  /** The file is not as long as an OACK has said. */
  | 'wrong-size'
  | 'refused'

export interface TimedClientOptions {
  readonly network: VirtualNetwork
  readonly timing: ClientTiming
  readonly server: Peer
  readonly filename: string
  readonly peer: Peer
  readonly onEnd: (fate: Fate) => void
}

/** A client that waits, repeats itself and gives up as its row of the table says. */
export class TimedClient implements NetworkClock {
  readonly #options: TimedClientOptions
  readonly #blocks: Uint8Array[] = []
  #peer: Peer
  /** Where the answers come from. */
  #transfer: Peer | undefined
  #isSecond = false
  #waitIndex = 0
  #startedAt: Instant = 0
  #timerAt: Instant | undefined
  #oackCount = 0
  #blockBytes = 512
  #windowBlocks = 1
  /** The size that an OACK told, in bytes. */
  #toldBytes: number | undefined
  #isOver = false
  /** Requests that it put on the wire. */
  requestCount = 0

  constructor(options: TimedClientOptions) {
    this.#options = options
    this.#peer = options.peer
    options.network.addClock(this)
    this.#ask()
  }

  get wakeAt(): Instant | undefined {
    return this.#timerAt
  }

  /** The file as it came. */
  get bytes(): Uint8Array {
    return Buffer.concat(this.#blocks)
  }

  wake(now: Instant): void {
    const { repeatsRequest, repeatsAck0 } = this.#options.timing
    this.#waitIndex += 1
    if (this.#waitIndex >= this.#waits.length || now >= this.#limitAt) return this.#end('gave-up')
    if (this.#blocks.length > 0) this.#send(encodeAck(this.#blocks.length & 0xffff))
    else if (this.#oackCount === 0 && repeatsRequest) this.#sendRequest()
    else if (this.#oackCount > 0 && repeatsAck0) this.#send(encodeAck(0))
    this.#startWait()
  }

  #ask(): void {
    const { network } = this.#options
    network.attach(this.#peer, { receive: (bytes, from) => this.#receive(bytes, from) })
    this.#startedAt = network.now
    this.#waitIndex = 0
    this.#oackCount = 0
    this.#transfer = undefined
    this.#sendRequest()
    this.#startWait()
  }

  #sendRequest(): void {
    const { network, server, filename } = this.#options
    const options = new Map(this.#asked)
    const name = new TextEncoder().encode(filename)
    this.requestCount += 1
    const request = encodeRequest({ kind: 'read', filename: name, mode: 'octet', options })
    network.send(this.#peer, server, request)
  }

  #receive(bytes: Uint8Array, from: Peer): void {
    if (this.#isOver) return
    const packet = decodePacket(bytes)
    if (packet.opcode === 'error') return this.#receiveError()
    if (this.#transfer !== undefined && this.#transfer.key !== from.key) return
    if (packet.opcode === 'oack') this.#receiveOack(packet.options, from)
    if (packet.opcode === 'data') {
      this.#transfer = from
      this.#receiveData(packet.blockNumber, packet.payload)
    }
  }

  /** @returns Whether it was DATA that this client does not want: options, but no OACK. */
  #isPlainDataRefused(blockNumber: number): boolean {
    const { onPlainData } = this.#options.timing
    const isExpected = this.#oackCount > 0 || this.#asked.length === 0
    if (isExpected || onPlainData === undefined) return false
    if (onPlainData === 'waits-on') this.#send(encodeAck(blockNumber))
    else {
      this.#send(encodeError({ code: 4, message: 'no OACK' }))
      this.#end('aborted')
    }
    return true
  }

  #receiveError(): void {
    const isDeaf = this.#oackCount > 0 && !this.#options.timing.hearsErrorAfterOack
    if (!isDeaf) this.#end('refused')
  }

  #receiveOack(options: ReadonlyMap<string, string>, from: Peer): void {
    const { timing } = this.#options
    if (this.#blocks.length > 0) return
    if (options.size === 0 && timing.ignoresEmptyOack === true) return this.#startWait()
    this.#transfer = from
    this.#oackCount += 1
    if (this.#oackCount > 1) return this.#receiveAnotherOack(timing.onSecondOack)
    this.#blockBytes = Number(options.get('blksize') ?? 512)
    this.#windowBlocks = Number(options.get('windowsize') ?? 1)
    if (this.#asks('tsize') && !options.has('tsize') && timing.withoutTsize !== 'fine') {
      this.#send(encodeError({ code: 8, message: 'no tsize' }))
      return this.#end(timing.withoutTsize === 'aborts' ? 'aborted' : 'empty-file')
    }
    const told = options.get('tsize')
    if (told !== undefined) this.#toldBytes = Number(told)
    if (timing.next !== undefined && !this.#isSecond) return this.#askAgain()
    this.#send(encodeAck(0))
    this.#affect(timing.onOack)
  }

  #receiveAnotherOack(effect: SecondOackEffect): void {
    if (effect === 'aborts') {
      this.#send(encodeError({ code: 0, message: 'unexpected OACK' }))
      return this.#end('aborted')
    }
    if (this.#options.timing.acksSecondOack) this.#send(encodeAck(0))
    this.#affect(effect)
  }

  #affect(effect: SecondOackEffect): void {
    if (effect === 'starts-over') this.#waitIndex = 0
    if (effect !== 'nothing') this.#startWait()
  }

  /** The size is known: the file is asked for from the next port. */
  #askAgain(): void {
    this.#send(encodeError({ code: 8, message: 'User aborted the transfer' }))
    const { network } = this.#options
    network.detach(this.#peer)
    this.#timerAt = undefined
    this.#isSecond = true
    this.#peer = memoryPeer(this.#peer.address, this.#peer.port + 1)
    network.after(10, () => this.#ask())
  }

  #receiveData(blockNumber: number, payload: Uint8Array): void {
    if (this.#isPlainDataRefused(blockNumber)) return
    const expected = this.#blocks.length + 1
    if (blockNumber !== (expected & 0xffff)) return
    this.#blocks.push(payload.slice())
    const isLast = payload.length < this.#blockBytes
    if (isLast || expected % this.#windowBlocks === 0) this.#send(encodeAck(blockNumber))
    this.#waitIndex = 0
    this.#startWait()
    if (isLast) this.#end(this.#isAsLongAsTold ? 'file' : 'wrong-size')
  }

  get #isAsLongAsTold(): boolean {
    return this.#toldBytes === undefined || this.#toldBytes === this.bytes.length
  }

  #startWait(): void {
    this.#timerAt = Math.min(this.#options.network.now + this.#waitMs, this.#limitAt)
  }

  get #waits(): readonly number[] {
    const { waitsMs, oackWaitsMs = waitsMs } = this.#options.timing
    return this.#oackCount > 0 || this.#blocks.length > 0 ? oackWaitsMs : waitsMs
  }

  get #waitMs(): number {
    return this.#waits[Math.min(this.#waitIndex, this.#waits.length - 1)] ?? 1000
  }

  get #limitAt(): Instant {
    const { oackLimitMs } = this.#options.timing
    const isBounded = oackLimitMs !== undefined && this.#oackCount > 0 && this.#blocks.length === 0
    return isBounded ? this.#startedAt + oackLimitMs : Number.POSITIVE_INFINITY
  }

  /** The options of the request that runs. */
  get #asked(): readonly (readonly [string, string])[] {
    const { options, next = [] } = this.#options.timing
    return this.#isSecond ? next : options
  }

  #asks(option: string): boolean {
    return this.#asked.some(([name]) => name === option)
  }

  #send(bytes: Uint8Array): void {
    if (this.#transfer !== undefined) {
      this.#options.network.send(this.#peer, this.#transfer, bytes)
    }
  }

  #end(fate: Fate): void {
    this.#isOver = true
    this.#timerAt = undefined
    this.#options.onEnd(fate)
  }
}
