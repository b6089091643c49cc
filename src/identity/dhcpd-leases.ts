import { normaliseAddress } from '../inventory/identifiers.ts'
import { escapedBytes, isOneStatement, statementsOf } from './dhcpd-statements.ts'
import { macOf, macOfClientId, macOfDuid } from './hardware-address.ts'
import { detached, freeLease, type LeaseParser, type LeaseTable, type Span } from './lease.ts'

/** Octets before the DUID in the name of an `ia-na`: the IAID. */
const IAID_BYTES = 4
const SPACE = 32
const ZERO = 48
/** `4 2026/11/23 12:00:00` */
const DATE_LENGTH = 21
/** How the statements begin that are used, and whatever ends or opens something. */
const TELLING = 'abehuc{}#'
/** What ends or opens something. */
const SIGNS = '{}#'
/** A string of ASCII without escapes. */
const PLAIN_STRING = /^"[ !#-[\]-~]*"$/

/** Statements that are used, and the begin of a lease. */
const LEASE = 'lease '
const STATE = 'binding state '
const ACTIVE = 'binding state active'.length
const ENDS = 'ends '
const UID = 'uid '
const HOSTNAME = 'client-hostname '
const HARDWARE = 'hardware ethernet '

/** A lease while its block is read. */
interface OpenLease {
  readonly address: string
  isActive: boolean
  expiresAt: number
  hardware: string | undefined
  uid: string | undefined
  hostname: string | undefined
}

/**
 * The lease database of ISC dhcpd, for IPv4 (`lease`) and IPv6 (`iaaddr` in `ia-na`). It is a
 * journal: the last block on an address counts.
 *
 * @see dhcpd.leases(5)
 */
export function dhcpdLeases(table: LeaseTable): LeaseParser {
  const parser = new DhcpdParser(table)
  return { span: (line) => parser.span(line), line: (text) => parser.line(text) }
}

class DhcpdParser {
  readonly #table: LeaseTable
  /** Open blocks, outermost first. */
  readonly #blocks: string[] = []
  #lease: OpenLease | undefined
  /** Of the `ia-na` that is open. */
  #duidMac: string | undefined

  constructor(table: LeaseTable) {
    this.#table = table
  }

  /** The lines that dhcpd writes itself: one statement each, or the begin or end of a lease. */
  span(line: Span): boolean {
    const lease = this.#lease
    if (lease === undefined) return this.#openLease(line)
    const { text, start, end } = line
    if (text.indexOf(';', start) === end - 1) {
      const at = start + indentOf(line)
      const first = text.charAt(at)
      // Seven of the twelve lines of a lease tell nothing of its client.
      if (!TELLING.includes(first)) return true
      return !SIGNS.includes(first) && this.#note({ text, start: at, end: end - 1 }, lease)
    }
    return end === start + 1 && text.charAt(start) === '}' && this.#close()
  }

  line(text: string): boolean {
    const trimmed = text.trim()
    if (isOneStatement(trimmed)) return this.#take(trimmed)
    if (trimmed === '' || trimmed.startsWith('#')) return true
    let isGood = true
    for (const statement of statementsOf(trimmed)) {
      if (!this.#take(statement)) isGood = false
    }
    return isGood
  }

  #take(statement: string): boolean {
    if (statement === '}') return this.#close()
    if (statement.endsWith('{')) return this.#open(statement.slice(0, -1).trim())
    if (!statement.endsWith(';')) return false
    if (this.#lease === undefined) return true
    return this.#note({ text: statement, start: 0, end: statement.length - 1 }, this.#lease)
  }

  #open(head: string): boolean {
    const space = head.indexOf(' ')
    const kind = space === -1 ? head : head.slice(0, space)
    const name = head.slice(space + 1).trim()
    this.#blocks.push(kind)
    if (kind === 'ia-na' || kind === 'ia-ta') this.#duidMac = duidMacOf(head)
    if (kind !== 'lease' && kind !== 'iaaddr') return true
    const address = normaliseAddress(name)
    if (address === undefined) return false
    this.#lease = openLease(address)
    return true
  }

  /** `lease 10.0.0.5 {` and nothing else. */
  #openLease({ text, start, end }: Span): boolean {
    if (!text.startsWith(LEASE, start) || text.indexOf(' {', start) !== end - 2) return false
    const address = normaliseAddress(text.slice(start + LEASE.length, end - 2))
    if (address === undefined) return false
    this.#blocks.push('lease')
    this.#lease = openLease(address)
    return true
  }

  #close(): boolean {
    const kind = this.#blocks.pop()
    if (kind === 'lease' || kind === 'iaaddr') this.#keep()
    return kind !== undefined
  }

  #keep(): void {
    const lease = this.#lease
    this.#lease = undefined
    if (lease === undefined) return
    const { address, isActive, hostname, expiresAt } = lease
    if (!isActive) this.#table.set(address, freeLease)
    else this.#table.set(address, { mac: this.#macOf(lease), hostname, expiresAt })
  }

  #macOf({ hardware, uid }: OpenLease): string | undefined {
    if (hardware !== undefined) return hardware
    return uid === undefined ? this.#duidMac : macOfClientId(escapedBytes(uid))
  }

  /** @param statement - Without its end. @returns False for what is wrong in it. */
  #note(statement: Span, lease: OpenLease): boolean {
    const { text, start, end } = statement
    if (text.startsWith(STATE, start)) {
      lease.isActive = text.startsWith('active', start + STATE.length) && end === start + ACTIVE
    } else if (text.startsWith('abandoned', start)) {
      if (end === start + 'abandoned'.length) lease.isActive = false
    } else if (text.startsWith(ENDS, start)) {
      lease.expiresAt = instantOf({ text, start: start + ENDS.length, end })
    } else if (text.startsWith(UID, start)) {
      // Where there is hardware, it counts.
      if (lease.hardware === undefined) lease.uid = text.slice(start + UID.length, end)
    } else if (text.startsWith(HOSTNAME, start)) {
      lease.hostname = nameOf(text.slice(start + HOSTNAME.length, end))
    } else if (text.startsWith(HARDWARE, start)) {
      lease.hardware = macOf(text.slice(start + HARDWARE.length, end))
      return lease.hardware !== undefined
    }
    return true
  }
}

function openLease(address: string): OpenLease {
  const nothing = { hardware: undefined, uid: undefined, hostname: undefined }
  return { address, isActive: true, expiresAt: Infinity, ...nothing }
}

function indentOf({ text, start }: Span): number {
  let indent = 0
  while (text.charCodeAt(start + indent) === SPACE) indent += 1
  return indent
}

function nameOf(value: string): string | undefined {
  const name = PLAIN_STRING.test(value)
    ? detached(value.slice(1, -1))
    : Buffer.from(escapedBytes(value)).toString()
  return name === '' ? undefined : name
}

function duidMacOf(head: string): string | undefined {
  const bytes = escapedBytes(head.slice(head.indexOf(' ') + 1))
  return macOfDuid(Buffer.from(bytes.subarray(IAID_BYTES)).toString('hex'))
}

/** `4 2026/11/23 12:00:00` in UTC, `epoch 1764000000`, or `never`. In ms; `Infinity` for no end. */
function instantOf({ text, start: at, end }: Span): number {
  if (text.startsWith('never', at)) return Infinity
  if (text.startsWith('epoch ', at)) return Number.parseInt(text.slice(at + 6, at + 20), 10) * 1000
  if (end - at < DATE_LENGTH) return 0
  // By position, a third of the time of taking it apart: a day of the week is one digit.
  const year = pair(text, at + 2) * 100 + pair(text, at + 4)
  const date = Date.UTC(year, pair(text, at + 7) - 1, pair(text, at + 10))
  const seconds = (pair(text, at + 13) * 60 + pair(text, at + 16)) * 60 + pair(text, at + 19)
  const instant = date + seconds * 1000
  return Number.isNaN(instant) ? 0 : instant
}

/** Two decimal digits. */
function pair(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO
}
