import type { LocalSocket } from '../../base/datagram.ts'
import type { ServerTransfer } from '../../protocol/tftp/server-events.ts'
import type { Ask } from '../../routing/answer.ts'
import type { RequestPath } from '../../routing/request-path.ts'

const NO_HEADERS = new Headers()

/** What an exchange knows of its request beside the transfer. */
interface AskParts {
  readonly id: string
  readonly local: LocalSocket | undefined
  readonly path: RequestPath
  readonly body: ReadableStream<Uint8Array> | null
  readonly uploadBytes: number | undefined
  readonly controllerOf: () => AbortController
}

/**
 * A TFTP request as an ask. A class and no literal: V8 gives each literal with a getter a shape of
 * its own, and by it everything of the request lived until the next full collection.
 */
export class TftpAsk implements Ask {
  readonly id: string
  readonly front = 'tftp'
  readonly method: 'GET' | 'PUT'
  readonly path: RequestPath
  readonly clientAddress: string
  readonly clientPort: number
  readonly localAddress: string
  readonly localPort: number
  readonly protocol = 'TFTP/1.0'
  readonly tftpOptions: ReadonlyMap<string, string>
  readonly tftpMode: 'octet' | 'netascii'
  declare readonly uploadBytes?: number
  readonly headers = NO_HEADERS
  readonly body: ReadableStream<Uint8Array> | null
  readonly #controllerOf: () => AbortController

  constructor({ request, peer }: ServerTransfer, parts: AskParts) {
    const { id, local, path, body, uploadBytes, controllerOf } = parts
    this.id = id
    this.method = request.kind === 'read' ? 'GET' : 'PUT'
    this.path = path
    this.clientAddress = peer.address
    this.clientPort = peer.port
    this.localAddress = local?.address ?? '127.0.0.1'
    this.localPort = local?.port ?? 69
    this.tftpOptions = request.options
    this.tftpMode = request.mode
    if (uploadBytes !== undefined) this.uploadBytes = uploadBytes
    this.body = body
    this.#controllerOf = controllerOf
  }

  /** Made when it is asked for: most reads never need one. */
  get controller(): AbortController {
    return this.#controllerOf()
  }
}
