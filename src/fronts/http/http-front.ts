import { createAdaptorServer, type HttpBindings, type ServerType } from '@hono/node-server'
import { Hono } from 'hono'
import { HttpExchange } from './http-exchange.ts'
import { listenError } from './listen-error.ts'
import type { HttpFrontOptions } from './options.ts'

/** Where a listener really listens. */
export interface HttpAddress {
  readonly address: string
  readonly port: number
}

/** Serves the routes over HTTP: GET, HEAD and, where a route allows it, PUT. */
export class HttpFront {
  readonly #options: HttpFrontOptions
  readonly #servers: ServerType[] = []
  readonly #app: Hono<{ Bindings: HttpBindings }>

  constructor(options: HttpFrontOptions) {
    this.#options = options
    this.#app = new Hono<{ Bindings: HttpBindings }>()
    this.#app.all('*', (c) => new HttpExchange(c.req.raw, c.env, options).run())
    this.#app.onError((error, c) => {
      options.log.error({ err: error }, 'internal error')
      return c.text('Internal error\n', 500)
    })
  }

  /**
   * Opens one more listener.
   *
   * @returns The address and port in use, the port chosen by the system if it was 0.
   * @throws {HttpListenError} When the address cannot be had, with the ways out.
   */
  listen(where: HttpAddress): Promise<HttpAddress> {
    const server = createAdaptorServer({ fetch: this.#app.fetch, overrideGlobalObjects: false })
    if ('maxConnections' in server) server.maxConnections = this.#options.connectionsMax ?? 10_000
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, where)))
      server.listen({ host: where.address, port: where.port, ipv6Only: true }, () => {
        this.#servers.push(server)
        const bound = server.address()
        const port = typeof bound === 'object' && bound !== null ? bound.port : where.port
        resolve({ address: where.address, port })
      })
    })
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
}

function closed(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    if ('closeIdleConnections' in server) server.closeIdleConnections()
  })
}
