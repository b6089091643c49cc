import { CommandError, ExitStatus } from './command-error.ts'

/** Where a file is to be fetched from or put. */
export interface TftpUrl {
  /** Host name or address, without brackets. */
  readonly host: string
  readonly port: number
  /** The name as the server will see it, percent-decoded. */
  readonly filename: Uint8Array
  readonly mode: 'octet' | 'netascii'
}

/**
 * Reads `tftp://host[:port]/name[;mode=octet|netascii]` (RFC 3617 §3).
 *
 * The name is taken literally, not folded as a URL parser would: `tftp://h/a/../b` asks for
 * `a/../b`.
 *
 * @throws {CommandError} Saying what was found and what is needed.
 */
export function parseTftpUrl(text: string): TftpUrl {
  const form = /^tftp:\/\/(?:\[(?<v6>[^\]]+)\]|(?<name>[^/:]+))(?::(?<port>\d+))?\/(?<path>.+)$/i
  const groups = form.exec(text)?.groups
  if (groups === undefined) throw wrong(text, 'tftp://host[:port]/name is needed')
  const port = Number(groups['port'] ?? 69)
  if (port < 1 || port > 65_535) throw wrong(text, 'the port is 1 to 65535')
  const { path, mode } = splitMode(groups['path'] ?? '', text)
  return { host: groups['v6'] ?? groups['name'] ?? '', port, filename: percentDecoded(path), mode }
}

function splitMode(path: string, text: string): { path: string; mode: TftpUrl['mode'] } {
  const at = path.lastIndexOf(';mode=')
  if (at < 0) return { path, mode: 'octet' }
  const mode = path.slice(at + ';mode='.length).toLowerCase()
  if (mode !== 'octet' && mode !== 'netascii') throw wrong(text, 'the mode is octet or netascii')
  return { path: path.slice(0, at), mode }
}

/** Decodes `%41` to its byte; a percent sign without two hex digits stands for itself. */
function percentDecoded(path: string): Uint8Array {
  const bytes = new TextEncoder().encode(path)
  const decoded = new Uint8Array(bytes.length)
  let length = 0
  for (let index = 0; index < bytes.length; index += 1) {
    const hex =
      bytes[index] === 0x25 ? String.fromCharCode(...bytes.subarray(index + 1, index + 3)) : ''
    const isEscape = /^[0-9a-f]{2}$/i.test(hex)
    decoded[length] = isEscape ? Number.parseInt(hex, 16) : (bytes[index] ?? 0)
    if (isEscape) index += 2
    length += 1
  }
  return decoded.subarray(0, length)
}

function wrong(text: string, needed: string): CommandError {
  return new CommandError(`Cannot read the URL "${text}": ${needed}`, ExitStatus.usage)
}
