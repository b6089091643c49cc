/**
 * The NUL-terminated strings of RRQ, WRQ, OACK and ERROR.
 *
 * Names and values of options are bytes read as Latin-1, so that every byte survives a round trip.
 */

/** Pairs beyond this many are not looked at; no client is known to send more than six. */
const OPTIONS_MAX = 32

/** A longer name or value is no option: RFC 2347 bounds the whole request to 512 bytes. */
const OPTION_BYTES_MAX = 512

const noOptions: ReadonlyMap<string, string> = new Map()

/**
 * Decodes the name-value pairs behind `offset`.
 *
 * Never fails: real firmware leaves stray bytes behind. Left out are an empty name, a name without
 * a value, a string without its NUL, whatever is over 512 bytes, and all but the first of equal
 * names.
 *
 * @returns Names in lower case, in the order sent (RFC 2347: names are case-insensitive).
 */
export function decodeOptions(datagram: Uint8Array, offset: number): ReadonlyMap<string, string> {
  if (offset >= datagram.length) return noOptions
  const options = new Map<string, string>()
  let start = offset
  for (let count = 0; count < OPTIONS_MAX; count += 1) {
    const nameEnd = datagram.indexOf(0, start)
    if (nameEnd < 0) break
    const valueEnd = datagram.indexOf(0, nameEnd + 1)
    if (valueEnd < 0) break
    const isFit = nameEnd - start <= OPTION_BYTES_MAX && valueEnd - nameEnd <= OPTION_BYTES_MAX + 1
    if (nameEnd > start && isFit) {
      const name = decodeLatin1(datagram, start, nameEnd).toLowerCase()
      if (!options.has(name)) options.set(name, decodeLatin1(datagram, nameEnd + 1, valueEnd))
    }
    start = valueEnd + 1
  }
  return options
}

/** Bytes `start` to `end` as text, one character for each byte. Meant for short strings. */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let index = start; index < end; index += 1) text += String.fromCharCode(bytes[index] ?? 0)
  return text
}

/** How many bytes `writeOptions` writes. */
export function optionsBytes(options: ReadonlyMap<string, string>): number {
  let bytes = 0
  for (const [name, value] of options) bytes += name.length + value.length + 2
  return bytes
}

/**
 * Writes names and values, each with its NUL.
 *
 * @throws {RangeError} When a character is NUL or beyond U+00FF: neither can be sent.
 */
export function writeOptions(
  bytes: Uint8Array,
  offset: number,
  options: ReadonlyMap<string, string>,
): void {
  let at = offset
  for (const [name, value] of options) {
    at = writeLatin1(bytes, at, name)
    at = writeLatin1(bytes, at, value)
  }
}

/** @returns Where the next string begins. */
function writeLatin1(bytes: Uint8Array, offset: number, text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === 0 || code > 0xff) throw unwritable(text, text.codePointAt(index) ?? code)
    bytes[offset + index] = code
  }
  bytes[offset + text.length] = 0
  return offset + text.length + 1
}

function unwritable(text: string, code: number): RangeError {
  const shown = code.toString(16).toUpperCase().padStart(4, '0')
  return new RangeError(`Cannot encode ${JSON.stringify(text)}: U+${shown} does not fit in a byte`)
}
