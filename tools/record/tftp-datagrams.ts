import type { GoldenDatagram, GoldenRoute } from './golden-file.ts'
import type { UdpDatagram } from './udp.ts'

/** Where requests go: the well-known port, and the one for those who may not bind it. */
const requestPorts: ReadonlySet<number> = new Set([69, 6969])
const RRQ = 1
const WRQ = 2
const OACK = 6

/** A datagram of a capture, with the transfer's ends told apart. */
export interface RecordedDatagram extends GoldenDatagram {
  readonly route: GoldenRoute
}

/**
 * Picks what belongs to TFTP: requests to port 69 or 6969, and all that passes between a port that
 * sent one and any port that answered it.
 *
 * Answers may come from another address than was asked: requests can be broadcast.
 */
export function tftpDatagrams(datagrams: Iterable<UdpDatagram>): RecordedDatagram[] {
  const answerers = new Map<string, Set<string>>()
  const found: RecordedDatagram[] = []
  let startedAt: number | undefined
  for (const datagram of datagrams) {
    const isFromClient = directionOf(datagram, answerers)
    if (isFromClient === undefined) continue
    startedAt ??= datagram.seconds
    const { source, destination, payload, wireBytes } = datagram
    const [client, server] = isFromClient ? [source, destination] : [destination, source]
    const seconds = Math.max(0, datagram.seconds - startedAt)
    found.push({
      route: { seconds, client, server, isFromClient },
      bytes: payload,
      ...(wireBytes > payload.length && { wireBytes }),
    })
  }
  return found
}

/** True: from a client; false: from a server; undefined: not TFTP. Notes who speaks to whom. */
function directionOf(
  { source, destination, destinationPort, payload }: UdpDatagram,
  answerers: Map<string, Set<string>>,
): boolean | undefined {
  const opcode = opcodeOf(payload)
  if (opcode < RRQ || opcode > OACK) return undefined
  if (answerers.get(source)?.has(destination)) return true
  if (requestPorts.has(destinationPort) && (opcode <= WRQ || answerers.has(source))) {
    if (!answerers.has(source)) answerers.set(source, new Set())
    return true
  }
  const heard = answerers.get(destination)
  if (!heard) return undefined
  heard.add(source)
  return false
}

function opcodeOf(payload: Uint8Array): number {
  return payload.length < 2 ? 0 : ((payload[0] ?? 0) << 8) | (payload[1] ?? 0)
}
