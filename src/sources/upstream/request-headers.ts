import type { RequestContext } from '../../routing/source.ts'
import { isOfConnection } from './header-names.ts'
import type { UpstreamOptions } from './options.ts'

/** Header names in lower case, each with its value. */
export type HeaderFields = Readonly<Record<string, string>>

export interface HeaderOptions extends Pick<UpstreamOptions, 'tell' | 'headers' | 'pass'> {
  /** The User-Agent where the client has none: `trivet/1.2.3`. */
  readonly serverSoftware: string
}

type Tell = UpstreamOptions['tell'][number]

/** Headers that tell who asks, and those that do not. */
export interface RequestHeaders {
  readonly passed: HeaderFields
  readonly told: HeaderFields
  /** Those of the configuration: only for the servers that it names in full. */
  readonly fixed: HeaderFields
  /** Equal for requests that tell the same, but for what is new in every one. */
  readonly asker: string
}

/** One row per family of headers. */
const headersOf: Readonly<
  Record<Tell, (context: RequestContext) => Readonly<Record<string, string | undefined>>>
> = {
  forwarded: (context) => ({
    // RFC 7239 §4; a port makes quotes needed, and IPv6 brackets.
    forwarded: [
      `for="${node(context.clientAddress, context.clientPort)}"`,
      `by="${node(context.localAddress, context.localPort)}"`,
      `proto=${context.front}`,
    ].join(';'),
    'x-forwarded-for': plainAddress(context.clientAddress),
    'x-forwarded-proto': context.front,
  }),
  'x-tftp': (context) =>
    context.front === 'tftp'
      ? {
          'x-tftp-ip': plainAddress(context.clientAddress),
          'x-tftp-port': String(context.clientPort),
          'x-tftp-file': readable(context.path.encoded.slice(1)),
        }
      : {},
  'x-trivet': (context) => ({
    'x-trivet-request': context.id,
    'x-trivet-device': context.device && readable(encodeURIComponent(context.device.id)),
    'x-trivet-mac': context.params['mac'] ?? context.device?.macs[0],
    'x-trivet-options': optionsText(context.tftpOptions),
  }),
}

/** The headers of a request to an upstream; what clients say of who they are is not among them. */
export function requestHeaders(
  request: Request,
  context: RequestContext,
  options: HeaderOptions,
): RequestHeaders {
  const told: Record<string, string> = {}
  for (const family of options.tell) {
    for (const [name, value] of Object.entries(headersOf[family](context))) {
      if (value !== undefined && value !== '') told[name] = value
    }
  }
  const fixed: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.headers)) fixed[name.toLowerCase()] = value
  const passed = {
    'user-agent': options.serverSoftware,
    ...passedHeaders(request.headers, options.pass),
  }
  return { passed, told, fixed, asker: askerOf(context, { ...passed, ...told }) }
}

/** Told headers that differ between two requests of the same device. */
const ofTheRequest: ReadonlySet<string> = new Set(['forwarded', 'x-tftp-port', 'x-trivet-request'])

function askerOf({ front, clientAddress }: RequestContext, fields: HeaderFields): string {
  const lasting = Object.entries(fields).filter(([name]) => !ofTheRequest.has(name))
  return JSON.stringify([front, clientAddress, lasting])
}

function passedHeaders(headers: Headers, names: readonly string[]): HeaderFields {
  const passed: Record<string, string> = {}
  const named = listed(headers.get('connection'))
  for (const name of names.map((one) => one.toLowerCase())) {
    const value = headers.get(name)
    if (value === null || named.has(name) || isOfConnection(name)) continue
    passed[name] = value
  }
  return passed
}

/** Header names that a Connection header says are for one connection only (RFC 9110 §7.6.1). */
export function listed(value: string | null): ReadonlySet<string> {
  return new Set((value ?? '').split(',').map((name) => name.trim().toLowerCase()))
}

function node(address: string, port: number): string {
  const plain = plainAddress(address)
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`
}

/** Without the zone of a link-local address, which means nothing elsewhere. */
function plainAddress(address: string): string {
  return address.split('%', 1)[0] ?? address
}

/** Percent-encodes what is not printable ASCII, and the percent sign: nothing else in a header. */
function readable(encoded: string): string {
  return encoded.replaceAll(/%([0-9A-F]{2})/gi, (escape, digits: string) => {
    const code = Number.parseInt(digits, 16)
    return code > 0x20 && code < 0x7f && code !== 0x25 ? String.fromCharCode(code) : escape
  })
}

function optionsText(options: ReadonlyMap<string, string>): string {
  return [...options]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join(', ')
}
