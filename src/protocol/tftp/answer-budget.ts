import type { Instant } from '../../base/instant.ts'
import { BLOCK_BYTES_DEFAULT } from './wire-options.ts'
import { DATA_HEADER_BYTES } from './packet.ts'
import { RecentMap } from './recent-map.ts'

/** What each byte received is worth in bytes sent, as in RFC 9000 §8.1. */
const WORTH = 3
/** A full DATA 1 of a transfer without options. */
const FIRST_DATA_BYTES = BLOCK_BYTES_DEFAULT + DATA_HEADER_BYTES
/**
 * Sent to an address before it is known to hear, at most: DATA 1 four times. RFC 9000 needs no such
 * thing, for its clients pad their first packet; here 25 bytes must be answered with 516.
 */
const START_BYTES_MAX = 4 * FIRST_DATA_BYTES
/** So many requests, as short as the shortest seen, have earned what the first was granted. */
const START_REQUESTS = 50
/** Addresses remembered, of each kind. */
const ADDRESSES_MAX = 10_000
/** How long an address stays proved after its latest proof, in ms. */
const PROVED_MS = 5 * 60_000

/** What one transfer may send while its peer has not answered. */
export interface Allowance {
  /** Asks to send a datagram, and counts it if it may go. What may not go is not kept for later. */
  spend(bytes: number): boolean
  /** The peer answered something that was outstanding: its address is free for some minutes. */
  prove(now: Instant): void
}

/** Of an address that has not proved to hear. */
interface Account {
  receivedBytes: number
  sentBytes: number
  /** What the shortest of its requests is granted. */
  startBytes: number
}

/**
 * Bounds what is sent to addresses that never answer: requests with a forged source must not turn
 * this server against whoever has that address.
 *
 * An address may be sent a small start, and beyond it less than three times what came from it, in
 * bytes of UDP payload, whatever its ports and for as long as it is remembered. Once it is proved,
 * nothing is counted, so many devices behind one address are free as soon as one of them is.
 *
 * What a proof proves: that the block acknowledged had been sent from the port that heard of it.
 * First block numbers are always 0 or 1 and ports of transfers are few, so who forges a source can
 * guess both blindly, and then lock-step costs him an ACK for each block. TFTP carries nothing that
 * could not be guessed; the bound holds against requests alone, which is what is found in the wild.
 *
 * 10,000 addresses are remembered of each kind, the latest 5,000 certainly: who forges more begins
 * anew with a start. The proved are kept apart, so that a flood of forged ones displaces none.
 *
 * @see RFC 9000 §8.1, whose limit this is
 */
export class AnswerBudget {
  readonly #accounts = new RecentMap<string, Account>(ADDRESSES_MAX)
  readonly #provedUntil = new RecentMap<string, Instant>(ADDRESSES_MAX)

  /** Addresses remembered: proved or not. */
  get count(): number {
    return this.#accounts.size + this.#provedUntil.size
  }

  /** Counts a request, repeats included. Whether the address is still proved shows here. */
  requested(address: string, bytes: number, now: Instant): void {
    if (this.#isProved(address, now)) return
    const account = this.#account(address)
    account.receivedBytes += bytes
    account.startBytes = Math.min(account.startBytes, startBytesFor(bytes))
  }

  /** Counts a datagram that is no request, but will be answered. */
  received(address: string, bytes: number, now: Instant): void {
    if (!this.#isProved(address, now)) this.#account(address).receivedBytes += bytes
  }

  /**
   * What may be sent in answer to one datagram.
   *
   * @param askedBytes - Its length: a short one is granted a smaller start.
   */
  allowance(address: string, askedBytes: number): Allowance {
    return new AnswerAllowance(this, address, startBytesFor(askedBytes))
  }

  /** Counts what is to be sent. @returns False when it may not go. */
  spend(
    address: string,
    sending: { readonly bytes: number; readonly startBytes: number },
  ): boolean {
    if (this.#provedUntil.get(address) !== undefined) return true
    const account = this.#account(address)
    const sentBytes = account.sentBytes + sending.bytes
    const isEarned = sentBytes < WORTH * account.receivedBytes
    const startBytes = Math.min(account.startBytes, sending.startBytes)
    if (!isEarned && sentBytes > startBytes) return false
    account.sentBytes = sentBytes
    return true
  }

  /** Lets an address free for five minutes. */
  prove(address: string, now: Instant): void {
    this.#provedUntil.set(address, now + PROVED_MS)
    this.#accounts.delete(address)
  }

  #isProved(address: string, now: Instant): boolean {
    const provedUntil = this.#provedUntil.get(address)
    if (provedUntil === undefined) return false
    if (now >= provedUntil) this.#provedUntil.delete(address)
    return now < provedUntil
  }

  #account(address: string): Account {
    const known = this.#accounts.get(address)
    if (known !== undefined) return known
    const account = { receivedBytes: 0, sentBytes: 0, startBytes: START_BYTES_MAX }
    this.#accounts.set(address, account)
    return account
  }
}

/** What 50 datagrams of that length would have earned, if that is less than the start. */
function startBytesFor(askedBytes: number): number {
  return Math.min(START_BYTES_MAX, WORTH * START_REQUESTS * askedBytes - 1)
}

/**
 * The first answer of a transfer may take the whole start, resends leave one DATA 1 of it: a client
 * whose file came too late asks again, and must not find that resends to nobody have used it up.
 */
class AnswerAllowance implements Allowance {
  readonly #budget: AnswerBudget
  readonly #address: string
  readonly #startBytes: number
  #hasAnswered = false

  constructor(budget: AnswerBudget, address: string, startBytes: number) {
    this.#budget = budget
    this.#address = address
    this.#startBytes = startBytes
  }

  spend(bytes: number): boolean {
    const startBytes = this.#startBytes - (this.#hasAnswered ? FIRST_DATA_BYTES : 0)
    const isSpent = this.#budget.spend(this.#address, { bytes, startBytes })
    this.#hasAnswered ||= isSpent
    return isSpent
  }

  prove(now: Instant): void {
    this.#budget.prove(this.#address, now)
  }
}
