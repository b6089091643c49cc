import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { createAdaptorServer, type HttpBindings, type ServerType } from '@hono/node-server'
import { Hono } from 'hono'
import { type EncryptedPeer, type Encryption, encryptedPeer } from './encryption.ts'
import { HandshakeLog } from './handshake-log.ts'
import { HttpExchange } from './http-exchange.ts'
import { listenError } from './listen-error.ts'
import type { HttpFrontOptions } from './options.ts'

/** How long a TLS handshake may take, in ms: small devices calculate for seconds. */
const HANDSHAKE_MS = 30_000

/** Where a listener really listens. */
export interface HttpAddress {
  readonly address: string
  readonly port: number
}

/**
 * Serves the routes over HTTP and HTTPS: GET, HEAD and, where a route allows it, PUT. Behind the
 * listeners there is no difference between the two but who is known.
 */
export class HttpFront {
  readonly #options: HttpFrontOptions
  readonly #servers: ServerType[] = []
  readonly #secureServers: SecureServer[] = []
  readonly #peers = new WeakMap<Socket, EncryptedPeer>()
  readonly #handshakes: HandshakeLog
  readonly #app: Hono<{ Bindings: HttpBindings }>

  constructor(options: HttpFrontOptions) {
    this.#options = options
    this.#handshakes = new HandshakeLog(options.log)
    this.#app = new Hono<{ Bindings: HttpBindings }>()
    this.#app.all('*', (c) => {
      const peer = this.#peers.get(c.env.incoming.socket)
      return new HttpExchange(c.req.raw, { bindings: c.env, peer }, options).run()
    })
    this.#app.onError((error, c) => {
      options.log.error({ err: error }, 'internal error')
      return c.text('Internal error\n', 500)
    })
  }

  /**
   * Opens more listeners.
   *
   * @param encryption - Undefined: HTTP without TLS.
   * @returns The addresses and ports in use, a port chosen by the system where it was 0.
   * @throws {HttpListenError} When an address cannot be had, with the ways out. Every other has
   * been opened, or has failed too, by then: `stop` closes them.
   */
  async listen(
    addresses: readonly HttpAddress[],
    encryption?: Encryption,
  ): Promise<readonly HttpAddress[]> {
    const opening = addresses.map((where) => this.#listenAt(where, encryption))
    await Promise.allSettled(opening)
    return await Promise.all(opening)
  }

  #listenAt(where: HttpAddress, encryption: Encryption | undefined): Promise<HttpAddress> {
    const server = encryption === undefined ? this.#plainServer() : this.#secureServer(encryption)
    if ('maxConnections' in server) server.maxConnections = this.#options.connectionsMax ?? 10_000
    const scheme = encryption === undefined ? 'http' : 'https'
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(listenError(error, { ...where, scheme })),
      )
      server.listen({ host: where.address, port: where.port, ipv6Only: true }, () => {
        this.#servers.push(server)
        const bound = server.address()
        const port = typeof bound === 'object' && bound !== null ? bound.port : where.port
        resolve({ address: where.address, port })
      })
    })
  }

  /** New connections are encrypted with this; those that are open stay as they are. */
  encryptWith(context: SecureContextOptions): void {
    for (const server of this.#secureServers) server.setSecureContext(context)
  }

  /** Takes no more connections, lets running requests end, closes idle ones. */
  async drain(): Promise<void> {
    await Promise.all(this.#servers.map((server) => closed(server)))
  }

  /** Closes every connection at once. */
  stop(): void {
    for (const server of this.#servers) {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
    }
  }

  #plainServer(): ServerType {
    return createAdaptorServer({ fetch: this.#app.fetch, overrideGlobalObjects: false })
  }

  #secureServer(encryption: Encryption): SecureServer {
    const server = createAdaptorServer({
      fetch: this.#app.fetch,
      overrideGlobalObjects: false,
      createServer: createSecureServer,
      serverOptions: {
        ...encryption.context,
        handshakeTimeout: HANDSHAKE_MS,
        requestCert: encryption.clientCertificates !== 'none',
        // Who has none, or a wrong one, is told so by HTTP, and the journal has the reason.
        rejectUnauthorized: false,
      },
    }) as SecureServer
    // Before the listener that reads requests.
    server.prependListener('secureConnection', (socket) => {
      this.#peers.set(socket, encryptedPeer(socket, encryption))
    })
    server.on('tlsClientError', (error, socket) => {
      this.#handshakes.failed(error, socket.remoteAddress?.replace(/^::ffff:/, ''))
    })
    this.#secureServers.push(server)
    return server
  }
}

function closed(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    if ('closeIdleConnections' in server) server.closeIdleConnections()
  })
}
