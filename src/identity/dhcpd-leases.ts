import { normaliseAddress } from '../inventory/identifiers.ts'
import { escapedBytes, isOneStatement, statementsOf } from './dhcpd-statements.ts'
import { macOf, macOfClientId, macOfDuid } from './hardware-address.ts'
import { detached, freeLease, type LeaseParser, type LeaseTable } from './lease.ts'

/** Octets before the DUID in the name of an `ia-na`: the IAID. */
const IAID_BYTES = 4
const SPACE = 32
const LETTER = /[a-z]/
const ZERO = 48
/** How the statements begin that are used, and whatever ends or opens something. */
const TELLING = 'abehuc{}#'
/** A string of ASCII without escapes. */
const PLAIN_STRING = /^"[ !#-[\]-~]*"$/

/** A lease while its block is read. */
interface OpenLease {
  readonly address: string
  state: string
  ends: string
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
  return { line: (text) => parser.line(text) }
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

  line(text: string): boolean {
    const lease = this.#lease
    if (lease !== undefined && text.indexOf(';') === text.length - 1) {
      const start = indentOf(text)
      const first = text.charAt(start)
      // Seven of the twelve lines of a lease tell nothing of its client.
      if (!TELLING.includes(first)) return true
      if (LETTER.test(first)) return this.#note(text.slice(start, -1), lease)
    }
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
    return this.#lease === undefined || this.#note(statement.slice(0, -1), this.#lease)
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
    const nothing = { hardware: undefined, uid: undefined, hostname: undefined }
    this.#lease = { address, state: 'active', ends: '', ...nothing }
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
    const { address, state, ends, hostname } = lease
    if (state !== 'active') this.#table.set(address, freeLease)
    else this.#table.set(address, { mac: this.#macOf(lease), hostname, expiresAt: instantOf(ends) })
  }

  #macOf({ hardware, uid }: OpenLease): string | undefined {
    if (hardware !== undefined) return hardware
    return uid === undefined ? this.#duidMac : macOfClientId(escapedBytes(uid))
  }

  #note(text: string, lease: OpenLease): boolean {
    if (text.startsWith('binding state ')) lease.state = text.slice('binding state '.length)
    else if (text === 'abandoned') lease.state = text
    else if (text.startsWith('ends ')) lease.ends = text.slice('ends '.length)
    else if (text.startsWith('uid ')) lease.uid = text.slice('uid '.length)
    else if (text.startsWith('client-hostname ')) lease.hostname = nameOf(text)
    else if (text.startsWith('hardware ethernet ')) {
      lease.hardware = macOf(text.slice('hardware ethernet '.length))
      return lease.hardware !== undefined
    }
    return true
  }
}

function indentOf(line: string): number {
  let indent = 0
  while (line.charCodeAt(indent) === SPACE) indent += 1
  return indent
}

function nameOf(statement: string): string | undefined {
  const value = statement.slice('client-hostname '.length)
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
function instantOf(ends: string): number {
  if (ends === '' || ends === 'never') return Infinity
  if (ends.startsWith('epoch ')) return Number.parseInt(ends.slice('epoch '.length), 10) * 1000
  // By position, a third of the time of taking it apart: a day of the week is one digit.
  const year = pair(ends, 2) * 100 + pair(ends, 4)
  const date = Date.UTC(year, pair(ends, 7) - 1, pair(ends, 10))
  const instant = date + ((pair(ends, 13) * 60 + pair(ends, 16)) * 60 + pair(ends, 19)) * 1000
  return Number.isNaN(instant) ? 0 : instant
}

/** Two decimal digits. */
function pair(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO
}
