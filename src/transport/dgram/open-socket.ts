import { createSocket, type Socket } from 'node:dgram'
import { ListenError } from '../listen-error.ts'

export interface SocketPlace {
  /** A literal address of this machine, or a broadcast address. */
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
  /** 0 lets the system choose. */
  readonly port: number
  /** True: others may bind the same place. Only for broadcast addresses, where each gets a copy. */
  readonly isShared: boolean
  /** True: others may bind it, and each datagram goes to one of them (`SO_REUSEPORT`). */
  readonly reusePort: boolean
}

/** Below this, asking for less would not help anybody. */
const RECEIVE_BUFFER_BYTES_MIN = 64 << 10

/**
 * Binds a socket, at once.
 *
 * With a `lookup` that answers at once and no handle shared by a cluster, `bind` is done when it
 * returns: so a port can be opened in the middle of a synchronous call, and no address is ever
 * resolved by name.
 *
 * @throws {ListenError} With the system's code.
 */
export function openSocket(place: SocketPlace): Socket {
  const { address, family, port, isShared, reusePort } = place
  const socket = createSocket({
    type: family === 'IPv4' ? 'udp4' : 'udp6',
    // Without it "::" would take IPv4 as well, and peers would look like ::ffff:10.0.0.1.
    ipv6Only: family === 'IPv6',
    reuseAddr: isShared,
    // Not said where it is not wanted: some systems refuse it.
    ...(reusePort ? { reusePort } : {}),
    lookup: (literal, _options, callback) => callback(null, literal, family === 'IPv4' ? 4 : 6),
  })
  let failure: NodeJS.ErrnoException | undefined
  let isBound = false
  const noteFailure = (error: NodeJS.ErrnoException): void => void (failure ??= error)
  socket.on('error', noteFailure)
  socket.once('listening', () => (isBound = true))
  socket.bind({ address, port, exclusive: true })
  if (!isBound) {
    socket.close()
    throw new ListenError({ code: failure?.code ?? 'UNKNOWN', address, port }, failure)
  }
  socket.off('error', noteFailure)
  return socket
}

/**
 * Asks for a receive buffer, halving until the system agrees.
 *
 * Linux grants less without a word; other systems refuse what is over their limit.
 *
 * @returns What was granted, in bytes.
 */
export function growReceiveBuffer(socket: Socket, wantedBytes: number): number {
  for (let bytes = wantedBytes; bytes >= RECEIVE_BUFFER_BYTES_MIN; bytes = Math.floor(bytes / 2)) {
    try {
      socket.setRecvBufferSize(bytes)
      break
    } catch {
      continue
    }
  }
  const bytes = socket.getRecvBufferSize()
  // Linux reports twice what it grants, the half being for its own bookkeeping (socket(7)).
  return process.platform === 'linux' ? bytes / 2 : bytes
}
