import { formatIpv4, parseIpv4 } from './address.ts'
import {
  type BerValue,
  decodeBer,
  decodeBerInteger,
  encodeBer,
  encodeBerInteger,
  formatOid,
  parseOid,
} from './ber.ts'
import { formatHex } from './hex.ts'
import { hexOf, textOf, type ValueCodec } from './value-codec.ts'

const SEQUENCE = 0x30
const OBJECT_IDENTIFIER = 0x06

/** How a type of SNMP is written (RFC 2578 §7.1), under the name that it has in YAML. */
interface SnmpType {
  readonly tag: number
  readonly encode: (value: unknown) => Uint8Array | undefined
  readonly decode: (content: Uint8Array) => unknown
}

const snmpTypes: Readonly<Record<string, SnmpType>> = {
  integer: { tag: 0x02, ...whole(-(2n ** 31n), 2n ** 31n - 1n) },
  string: {
    tag: 0x04,
    encode: (value) => {
      const string = textOf(value)
      return string === undefined ? undefined : new TextEncoder().encode(string)
    },
    decode: (content) => {
      const string = new TextDecoder('utf-8', { ignoreBOM: true }).decode(content)
      return /^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(string) && !string.includes('\uFFFD')
        ? string
        : undefined
    },
  },
  // The same on the wire as a string, so it comes after it: what is no text is read as this.
  hex: { tag: 0x04, encode: hexOf, decode: formatHex },
  oid: {
    tag: OBJECT_IDENTIFIER,
    encode: (value) => parseOid(String(value)),
    decode: formatOid,
  },
  ipAddress: {
    tag: 0x40,
    encode: (value) => parseIpv4(String(value)),
    decode: (content) => (content.length === 4 ? formatIpv4(content) : undefined),
  },
  counter32: { tag: 0x41, ...whole(0n, 2n ** 32n - 1n) },
  unsigned32: { tag: 0x42, ...whole(0n, 2n ** 32n - 1n) },
  timeTicks: { tag: 0x43, ...whole(0n, 2n ** 32n - 1n) },
  counter64: { tag: 0x46, ...whole(0n, 2n ** 64n - 1n) },
}

/** One variable that the modem sets in itself: `{ oid, type, value }` (MULPI C.1.2.5). */
export function variable(): ValueCodec {
  return {
    allowed: `{ oid: 1.3.6.1…, type, value } with type one of ${Object.keys(snmpTypes).join(', ')}, and a value of that type`,
    isLenient: true,
    encode: (value) => {
      const parts = entriesOf(value, ['oid', 'type', 'value'])
      const type = Object.entries(snmpTypes).find(([name]) => name === parts?.['type'])?.[1]
      const name = parseOid(String(parts?.['oid']))
      const content = type?.encode(parts?.['value'])
      if (type === undefined || name === undefined || content === undefined) return undefined
      const inner = [
        ...encodeBer({ tag: OBJECT_IDENTIFIER, content: name }),
        ...encodeBer({ tag: type.tag, content }),
      ]
      return encodeBer({ tag: SEQUENCE, content: Uint8Array.from(inner) })
    },
    decode: (bytes) => {
      const [sequence, ...rest] = decodeBer(bytes) ?? []
      if (sequence?.tag !== SEQUENCE || rest.length > 0) return undefined
      const [name, value, ...others] = decodeBer(sequence.content) ?? []
      if (name?.tag !== OBJECT_IDENTIFIER || value === undefined || others.length > 0) {
        return undefined
      }
      const read = typedValue(value)
      const dotted = formatOid(name.content)
      return dotted === undefined || read === undefined ? undefined : { oid: dotted, ...read }
    },
  }
}

/** Whether a part of the tree may be written: `{ oid, isAllowed }` (MULPI C.1.2.4). */
export function writeAccess(): ValueCodec {
  return {
    allowed: '{ oid: 1.3.6.1…, isAllowed: true or false }',
    isLenient: true,
    encode: (value) => {
      const parts = entriesOf(value, ['oid', 'isAllowed'])
      const content = parseOid(String(parts?.['oid']))
      const isAllowed = parts?.['isAllowed']
      if (content === undefined || typeof isAllowed !== 'boolean') return undefined
      // The specification turns it round: 0 allows, 1 does not.
      const control = isAllowed ? 0 : 1
      return Uint8Array.from([...encodeBer({ tag: OBJECT_IDENTIFIER, content }), control])
    },
    decode: (bytes) => {
      const [name, ...rest] = decodeBer(bytes.subarray(0, -1)) ?? []
      const control = bytes.at(-1) ?? 2
      if (name?.tag !== OBJECT_IDENTIFIER || rest.length > 0 || control > 1) return undefined
      const dotted = formatOid(name.content)
      return dotted === undefined ? undefined : { oid: dotted, isAllowed: control === 0 }
    },
  }
}

function typedValue({ tag, content }: BerValue): { type: string; value: unknown } | undefined {
  for (const [type, one] of Object.entries(snmpTypes)) {
    if (one.tag !== tag) continue
    const value = one.decode(content)
    if (value !== undefined) return { type, value }
  }
  return undefined
}

function whole(min: bigint, max: bigint): Pick<SnmpType, 'encode' | 'decode'> {
  return {
    encode: (value) => {
      if (!/^-?\d{1,20}$/.test(String(value))) return undefined
      const found = BigInt(String(value))
      return found >= min && found <= max ? encodeBerInteger(found) : undefined
    },
    decode: (content) => {
      const found = decodeBerInteger(content)
      if (found === undefined || found < min || found > max) return undefined
      return Number.isSafeInteger(Number(found)) ? Number(found) : String(found)
    },
  }
}

/** The entries of a map that has these keys and no others. */
function entriesOf(
  value: unknown,
  keys: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const entries = Object.entries(value)
  if (entries.length !== keys.length || !entries.every(([key]) => keys.includes(key))) {
    return undefined
  }
  return Object.fromEntries(entries)
}
