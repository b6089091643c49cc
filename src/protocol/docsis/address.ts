import { hexByte, parseHex } from './hex.ts'

const DECIMAL_BYTE = /^(?:0|[1-9]\d{0,2})$/
const MAC = /^[\da-f]{2}([:-])[\da-f]{2}(?:\1[\da-f]{2}){4}$/i
const MAC_BYTES = 6

/** Reads `10.0.0.1`; leading zeros are refused, for some read them as octal. */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => DECIMAL_BYTE.test(part) && Number(part) < 256)) {
    return undefined
  }
  return Uint8Array.from(parts, Number)
}

export function formatIpv4(bytes: Uint8Array): string {
  return bytes.join('.')
}

/** Reads `2001:db8::1`, without a zone. */
export function parseIpv6(text: string): Uint8Array | undefined {
  if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(`http://[${text}]/`)) return undefined
  // The URL has the address in its shortest form: hex groups, and at most one gap.
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::')
  const before = groupsOf(head)
  const behind = groupsOf(tail ?? '')
  const gap = Array.from({ length: 8 - before.length - behind.length }, () => 0)
  return Uint8Array.from([...before, ...gap, ...behind].flatMap((one) => [one >> 8, one & 0xff]))
}

/** As RFC 5952 has it. */
export function formatIpv6(bytes: Uint8Array): string {
  const groups: string[] = []
  for (let index = 0; index < bytes.length; index += 2) {
    groups.push((((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)).toString(16))
  }
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1)
}

/** Reads `00:11:22:aa:bb:cc`, or with dashes. */
export function parseMac(text: string): Uint8Array | undefined {
  return MAC.test(text) ? parseHex(text) : undefined
}

export function formatMac(bytes: Uint8Array): string | undefined {
  return bytes.length === MAC_BYTES ? Array.from(bytes, hexByte).join(':') : undefined
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}
