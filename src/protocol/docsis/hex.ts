/** `0a ff` and `0x0AFF`, `0a:ff` likewise. */
const SEPARATORS = /[\s:_-]/g

/**
 * Reads bytes written in hex. Spaces, colons, dashes and a leading `0x` do not count.
 *
 * @returns Undefined for what is no whole number of bytes.
 */
export function parseHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/^0x/i, '').replaceAll(SEPARATORS, '')
  if (digits.length % 2 !== 0 || !/^[\da-f]*$/i.test(digits)) return undefined
  const bytes = new Uint8Array(digits.length / 2)
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16)
  }
  return bytes
}

/** `0x0aff`: with its prefix no YAML takes it for a number. */
export function formatHex(bytes: Uint8Array): string {
  return `0x${Array.from(bytes, hexByte).join('')}`
}

/** `0a` */
export function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
