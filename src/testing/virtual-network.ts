import type { Outbox, Peer, SocketId } from '../base/datagram.ts'
import type { Instant } from '../base/instant.ts'
import { EventQueue } from './event-queue.ts'
import { MemoryOutbox } from './memory-datagrams.ts'

/** What a network does to datagrams. Rates are from 0 to 1. */
export interface NetworkFaults {
  readonly lossRate: number
  readonly duplicateRate: number
  /** Datagrams that take up to four times as long as others, and so arrive behind later ones. */
  readonly reorderRate: number
  readonly latencyMs: number
  /** Added to the latency at random, but without overtaking, in ms. */
  readonly jitterMs: number
}

/** Who has an address and port on the network. */
export interface NetworkNode {
  /** Takes a datagram; valid only during the call. */
  receive(bytes: Uint8Array, from: Peer, now: Instant): void
}

/** Who has a clock to be woken by. */
export interface NetworkClock {
  readonly wakeAt: Instant | undefined
  wake(now: Instant): void
}

/**
 * A network and a clock in memory, for protocols that take time as an argument.
 *
 * The same random numbers give the same run. Hours of protocol time pass in milliseconds.
 */
export class VirtualNetwork {
  readonly #random: () => number
  readonly #faults: NetworkFaults
  readonly #nodes = new Map<Peer['key'], NetworkNode>()
  readonly #clocks = new Set<NetworkClock>()
  readonly #events = new EventQueue()
  readonly #lastArrival = new Map<Peer['key'], Instant>()
  #now: Instant = 0
  /** Sees whatever is sent, lost or not. */
  onSend: ((from: Peer, to: Peer, bytes: Uint8Array) => void) | undefined

  /** @param random - Gives numbers from 0 up to, but not including, 1. */
  constructor(random: () => number, faults: NetworkFaults) {
    this.#random = random
    this.#faults = faults
  }

  get now(): Instant {
    return this.#now
  }

  /** Puts a node at an address and port, in place of whoever was there. */
  attach(at: Peer, node: NetworkNode): void {
    this.#nodes.set(at.key, node)
  }

  /** What is on its way to it is lost. */
  detach(at: Peer): void {
    this.#nodes.delete(at.key)
  }

  /** Wakes someone whenever it asks for it. */
  addClock(clock: NetworkClock): void {
    this.#clocks.add(clock)
  }

  /** Does something later. */
  after(ms: number, work: () => void): void {
    this.#events.add(this.#now + ms, work)
  }

  /** An outbox whose datagrams travel this network; `localPeer` says from where. */
  outbox(localPeer: (socket: SocketId) => Peer): Outbox {
    return new MemoryOutbox(({ socket, peer, bytes }) => this.send(localPeer(socket), peer, bytes))
  }

  /** Sends a datagram, perhaps into nothing. */
  send(from: Peer, to: Peer, bytes: Uint8Array): void {
    const { lossRate, duplicateRate } = this.#faults
    this.onSend?.(from, to, bytes)
    const copies = 1 + (this.#random() < duplicateRate ? 1 : 0)
    for (let count = 0; count < copies; count += 1) {
      if (this.#random() >= lossRate) this.#carry(from, to, bytes.slice())
    }
  }

  /**
   * Lets everything happen until nobody waits for anything.
   *
   * @throws {Error} When that takes more than `hoursMax` on the virtual clock.
   */
  run(hoursMax: number): void {
    const end = this.#now + hoursMax * 3_600_000
    for (;;) {
      const eventAt = this.#events.nextAt
      const clock = this.#nextClock()
      const at = Math.min(eventAt, clock?.wakeAt ?? Number.POSITIVE_INFINITY)
      if (at === Number.POSITIVE_INFINITY) return
      if (at > end) throw new Error(`Something still waits after ${hoursMax} hours`)
      this.#now = Math.max(this.#now, at)
      if (eventAt <= at) this.#events.take()()
      else clock?.wake(this.#now)
    }
  }

  #carry(from: Peer, to: Peer, bytes: Uint8Array): void {
    const { latencyMs, jitterMs, reorderRate } = this.#faults
    let arrival = this.#now + latencyMs + this.#random() * jitterMs
    if (this.#random() < reorderRate) arrival += this.#random() * 3 * (latencyMs + jitterMs)
    else {
      arrival = Math.max(arrival, this.#lastArrival.get(to.key) ?? 0)
      this.#lastArrival.set(to.key, arrival)
    }
    this.#events.add(arrival, () => this.#nodes.get(to.key)?.receive(bytes, from, this.#now))
  }

  #nextClock(): NetworkClock | undefined {
    let next: NetworkClock | undefined
    let nextAt = Number.POSITIVE_INFINITY
    for (const clock of this.#clocks) {
      const { wakeAt } = clock
      if (wakeAt === undefined || wakeAt >= nextAt) continue
      nextAt = wakeAt
      next = clock
    }
    return next
  }
}
