import type { InboundBatch, LocalSocket, Peer, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import { Refusal } from '../../base/refusal.ts'
import type { EndpointTransfer, TransferHost } from './endpoint-transfer.ts'
import { tftpErrorFor } from './error-code.ts'
import { OwnPorts } from './own-ports.ts'
import { decodeRequest } from './packet.ts'
import type { PeerTable } from './peer-table.ts'
import type { TftpRequest } from './server-events.ts'
import type { ServerEndpointParts } from './server-endpoint.ts'
import { ServerReadTransfer } from './server-read-transfer.ts'
import { ServerWriteTransfer } from './server-write-transfer.ts'
import { RequestBacklog } from './request-backlog.ts'
import { hashOf } from './request-hash.ts'
import type { Tombstone, Tombstones } from './tombstones.ts'
import { sendError } from './wire-path.ts'

/** What every path carries: 1500 bytes less the headers of IPv6 and UDP. */
const PAYLOAD_BYTES_MAX = 1452

/** A request, and by which way it came. */
interface Asked {
  readonly request: TftpRequest
  readonly requestBytes: Uint8Array
  readonly peer: Peer
  readonly listener: SocketId
}

/** Decides what an RRQ or WRQ is: a repeat, a new transfer, or nothing. */
export class RequestIntake {
  readonly #parts: ServerEndpointParts
  readonly #host: TransferHost
  readonly #transfers: PeerTable
  readonly #tombstones: Tombstones
  readonly #ownPorts = new OwnPorts()
  readonly #backlog = new RequestBacklog()
  #isClosed = false

  constructor(
    parts: ServerEndpointParts,
    host: TransferHost,
    peers: { readonly transfers: PeerTable; readonly tombstones: Tombstones },
  ) {
    this.#parts = parts
    this.#host = host
    this.#transfers = peers.transfers
    this.#tombstones = peers.tombstones
  }

  /** Drops new requests in silence from now on. */
  close(): void {
    this.#isClosed = true
  }

  /** A datagram is taken, whatever it is. */
  turn(now: Instant): void {
    this.#backlog.turn(now)
  }

  /** Takes a datagram with the opcode of a request. @returns Why it was dropped, if it was. */
  receive(batch: InboundBatch, index: number, now: Instant): string | undefined {
    const socket = batch.sockets[index] ?? 0
    const local = this.#parts.localSocket(socket)
    if (local === undefined) return 'request to a socket that is gone'
    const offset = batch.offsets[index] ?? 0
    const datagram = batch.slab.subarray(offset, offset + (batch.lengths[index] ?? 0))
    const key = batch.peerKey(index)
    this.#backlog.request()
    const behindSince = this.#backlog.since(now)
    const live = this.#transfers.find(key, (one) => this.#isAt(one, local))
    if (live !== undefined && isRepeat(live, datagram, { socket, behindSince })) {
      this.#host.budget.requested(live.peer.address, datagram.length, now)
      live.repeated(now)
      return undefined
    }
    const ended = live === undefined ? this.#tombstones.get(key, now) : undefined
    if (isServed(ended, datagram, behindSince)) return 'late repeat of a request that was served'
    // A request at a transfer's own port means the socket that was asked.
    const earlier = live ?? ended
    const listener = local.role === 'listen' ? socket : earlier?.listener
    if (listener === undefined) return 'request to a port of transfers'
    const peer = batch.peer(index)
    this.#ownPorts.add(local)
    if (peer.port === 0) return 'request from port 0'
    if (this.#ownPorts.has(peer)) return 'request from a socket of this server'
    if (this.#isClosed) return 'no new requests are taken'
    this.#host.budget.requested(peer.address, datagram.length, now)
    const request = tryDecode(datagram)
    if (request instanceof Refusal) {
      this.#refuse(request, datagram, { peer, listener })
      return request.message
    }
    // By one socket all comes in the order in which it was sent.
    const mayComeLate = live !== undefined && live.socket !== live.listener
    if (mayComeLate && live.isRequestedBy(datagram)) {
      const asked = { request, requestBytes: datagram.slice(), peer, listener }
      live.askedAnew((later) => {
        live.conclude('replaced', later)
        this.#start(asked, later)
      }, now)
      return undefined
    }
    live?.conclude('replaced', now)
    const { transfersMax, transfersPerAddressMax } = this.#host.settings
    if (this.#transfers.size >= transfersMax) return `${transfersMax} transfers are running`
    if (this.#transfers.countOf(peer.address) >= transfersPerAddressMax) {
      return `${transfersPerAddressMax} transfers of one address are running`
    }
    this.#start({ request, requestBytes: datagram.slice(), peer, listener }, now)
    return undefined
  }

  #start(asked: Asked, now: Instant): void {
    const socket = this.#parts.transferSocket(asked.listener, asked.peer)
    const local = this.#parts.localSocket(socket)
    this.#ownPorts.add(local)
    const payloadBytesMax = local?.payloadBytesMax ?? PAYLOAD_BYTES_MAX
    const start = { ...asked, socket, payloadBytesMax }
    if (asked.request.kind === 'read') {
      const transfer = new ServerReadTransfer(this.#host, start, now)
      this.#transfers.add(transfer)
      this.#host.listener.readRequested(transfer)
      transfer.held(now)
    } else {
      const transfer = new ServerWriteTransfer(this.#host, start, now)
      this.#transfers.add(transfer)
      this.#host.listener.writeRequested(transfer)
    }
  }

  /** Not from the listener: one that heard a broadcast has no address of its own. */
  #refuse(
    refusal: Refusal,
    datagram: Uint8Array,
    asked: { readonly peer: Peer; readonly listener: SocketId },
  ): void {
    const { peer } = asked
    const socket = this.#parts.transferSocket(asked.listener, peer)
    const error = { code: tftpErrorFor[refusal.code], message: refusal.wireMessage }
    const allowance = this.#host.budget.allowance(peer.address, datagram.length)
    sendError({ outbox: this.#parts.outbox, socket, peer, allowance }, error)
    this.#host.listener.requestRefused?.({ refusal, datagram, peer, socket })
  }

  /** A request by broadcast comes in at another address than the one that answers it. */
  #isAt({ listener, socket }: EndpointTransfer, { address }: LocalSocket): boolean {
    const { localSocket } = this.#parts
    return localSocket(listener)?.address === address || localSocket(socket)?.address === address
  }
}

/**
 * The same request is a repeat until the client has answered; after that it asks anew: lpxelinux,
 * tftp-hpa and others use one port for file after file. GRUB alone goes on asking, and does so at
 * the transfer's own port, where nobody else would.
 */
function isRepeat(
  live: EndpointTransfer,
  datagram: Uint8Array,
  { socket, behindSince }: { readonly socket: SocketId; readonly behindSince: Instant | undefined },
): boolean {
  if (!live.isRequestedBy(datagram)) return false
  const isAtOwnPort = socket === live.socket && socket !== live.listener
  if (isAtOwnPort || !live.hasClientAnswered) return true
  // By one socket all comes in the order in which it was sent.
  return behindSince !== undefined && live.socket !== live.listener
}

/** A request that was sent before its transfer ended, and is read after. */
function isServed(
  ended: Tombstone | undefined,
  datagram: Uint8Array,
  behindSince: Instant | undefined,
): boolean {
  if (ended?.requestHash === undefined || behindSince === undefined) return false
  if (ended.endedAt < behindSince || ended.socket === ended.listener) return false
  return ended.requestHash === hashOf(datagram)
}

function tryDecode(datagram: Uint8Array): TftpRequest | Refusal {
  try {
    return decodeRequest(datagram)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
