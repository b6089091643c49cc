import { isIP } from 'node:net'
import type { ListenAddress } from './site.ts'

/** An address that cannot be read. The message says what was found and what is allowed. */
export class AddressError extends Error {
  constructor(text: string) {
    const examples = '127.0.0.1:69, [::1]:69, 0.0.0.0, :69 or 69'
    super(`Found "${text}", expected an address and a port from 0 to 65535, such as ${examples}`)
    this.name = 'AddressError'
  }
}

/**
 * Reads where to listen: `127.0.0.1:69`, `[::1]:69`, `::1`, `:69` or `69` (every IPv4 address),
 * `localhost:69`.
 *
 * @param defaultPort - Taken where the text names none.
 * @throws {AddressError} For anything else, host names among it: a listener needs an address.
 */
export function parseListenAddress(text: string, defaultPort: number): ListenAddress {
  const { host, port } = split(text.trim(), text)
  const address = host === 'localhost' ? '127.0.0.1' : host
  if (isIP(address) === 0) throw new AddressError(text)
  return { address, port: port === undefined ? defaultPort : parsePort(port, text) }
}

/** `127.0.0.1:69`, `[::1]:69`. */
export function formatListenAddress({ address, port }: ListenAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function split(text: string, original: string): { host: string; port: string | undefined } {
  const bracketed = /^\[([^\]]*:[^\]]*)\](?::(\d+))?$/.exec(text)
  if (bracketed) return { host: bracketed[1] ?? '', port: bracketed[2] }
  if (/^\d+$/.test(text)) return { host: '0.0.0.0', port: text }
  if (text.split(':').length > 2) return { host: text, port: undefined }
  const [host = '', port] = text.split(':')
  if (port === '' || text === '') throw new AddressError(original)
  return { host: host === '' || host === '*' ? '0.0.0.0' : host, port }
}

function parsePort(port: string, text: string): number {
  const value = Number(port)
  if (!/^\d{1,5}$/.test(port) || value > 65_535) throw new AddressError(text)
  return value
}
