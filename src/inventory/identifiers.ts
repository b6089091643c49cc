/** The one spelling of each identifier of a device, so that equal things compare equal. */

/** The colon form in lower case of any common spelling of a MAC; undefined when it is none. */
export function normaliseMac(text: string): string | undefined {
  if (!MAC.test(text)) return undefined
  return text
    .replaceAll(/[:._-]/g, '')
    .toLowerCase()
    .match(/../g)
    ?.join(':')
}

/** In one piece, or in pieces of two, four or six digits. */
const MAC = new RegExp(
  '^(?:[0-9a-f]{12}|[0-9a-f]{2}(?:[:._-][0-9a-f]{2}){5}' +
    '|[0-9a-f]{4}(?:[:._-][0-9a-f]{4}){2}|[0-9a-f]{6}[:._-][0-9a-f]{6})$',
  'i',
)

/** Lower case with dashes; undefined when it is no UUID. @see RFC 9562 §4 */
export function normaliseUuid(text: string): string | undefined {
  if (!/^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/i.test(text)) {
    return undefined
  }
  const digits = text.replaceAll('-', '').toLowerCase()
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/**
 * An address as the fronts name it: IPv4 in dots, IPv6 as RFC 5952 writes it, IPv4 inside IPv6 as
 * IPv4. Undefined when it is none; an octet with a leading zero is none, because some read it as
 * octal.
 */
export function normaliseAddress(text: string): string | undefined {
  if (IPV4.test(text)) return text
  if (!/^[0-9a-f:.]{2,45}$/i.test(text) || !text.includes(':')) return undefined
  const url = `http://[${text}]`
  if (!URL.canParse(url)) return undefined
  const address = new URL(url).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? []
  return high === undefined || low === undefined ? address : dotted(`0x${high}`, `0x${low}`)
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?[1-9]\d|1\d\d|\d)(?:\.(?!$)|$)){4}$/

/** RFC 4291 §2.5.5.2 */
function dotted(high: string, low: string): string {
  return [Number(high) >> 8, Number(high) & 255, Number(low) >> 8, Number(low) & 255].join('.')
}

/** The text a serial number is found by: labels, firmware and people differ in case. */
export function serialKey(serial: string): string {
  return serial.toUpperCase()
}

/** The text a name is found by: DNS does not tell cases apart (RFC 4343). */
export function nameKey(name: string): string {
  return name.toLowerCase()
}
