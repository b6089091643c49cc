/**
 * Golden files: datagrams as hex, one a line, each read by tests and by the fuzzer.
 *
 *     [SECONDS CLIENT >|< SERVER] HEX... [cut BYTES] [# comment]
 */

/** A datagram of a golden file. */
export interface GoldenDatagram {
  /** Undefined where the file was written by hand. */
  readonly route?: GoldenRoute
  readonly bytes: Uint8Array
  /** Bytes on the wire, where the capture kept fewer. */
  readonly wireBytes?: number
}

/** When a datagram passed, and between whom. */
export interface GoldenRoute {
  /** Since the first datagram of the file. */
  readonly seconds: number
  /** Address and port of who sent the request. */
  readonly client: string
  readonly server: string
  readonly isFromClient: boolean
}

/** A line of a golden file, counted from 1. */
export interface GoldenLine extends GoldenDatagram {
  readonly lineNumber: number
}

const route = String.raw`(?:(?<seconds>\d+\.\d{3}) (?<client>\S+) (?<arrow>[<>]) (?<server>\S+) )?`
const hex = String.raw`(?<hex>(?:[0-9a-f]{2})+(?: (?:[0-9a-f]{2})+)*)`
const pattern = new RegExp(String.raw`^${route}${hex}(?: cut (?<wireBytes>\d+))?(?:\s+#.*)?$`)

/** Writes one line, without its end. */
export function formatGoldenLine({ route, bytes, wireBytes }: GoldenDatagram): string {
  const arrow = route?.isFromClient ? '>' : '<'
  return [
    ...(route ? [route.seconds.toFixed(3), route.client, arrow, route.server] : []),
    Buffer.from(bytes).toString('hex'),
    ...(wireBytes === undefined ? [] : ['cut', wireBytes]),
  ].join(' ')
}

/**
 * Reads a golden file; comments and empty lines are skipped.
 *
 * @throws {Error} When a line is neither, with its number.
 */
export function parseGoldenFile(text: string): GoldenLine[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return []
    const groups = line.trimEnd().match(pattern)?.groups
    if (!groups) throw new Error(`Cannot read line ${index + 1} of the golden file: ${line}`)
    return [{ lineNumber: index + 1, ...datagramOf(groups) }]
  })
}

function datagramOf(groups: Readonly<Record<string, string | undefined>>): GoldenDatagram {
  const { seconds, client, arrow, server, hex = '', wireBytes } = groups
  return {
    ...(client !== undefined &&
      server !== undefined && {
        route: { seconds: Number(seconds), client, server, isFromClient: arrow === '>' },
      }),
    bytes: Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')),
    ...(wireBytes !== undefined && { wireBytes: Number(wireBytes) }),
  }
}
