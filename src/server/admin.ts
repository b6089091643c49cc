import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { hostname } from 'node:os'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import type { Entrance } from '../api/entrance.ts'
import { JournalFeed } from '../api/journal-feed.ts'
import { formatListenAddress } from '../config/addresses.ts'
import type { ListenAddress } from '../config/site.ts'
import type { Journal } from '../observe/journal.ts'
import { type AdministeredServer, adminParts } from './admin-parts.ts'
import { adminSocketFile, listenAtSocket } from './admin-socket.ts'

/** Connections to one listener of the administration. */
const CONNECTIONS_MAX = 256

/** Where to administer a server. */
export interface AdminListen {
  readonly address: ListenAddress
  /** False: nobody asked for this address, so that it is no failure when another program has it. */
  readonly isNamed: boolean
  /** Names besides IP addresses, `localhost` and this machine's under which it is addressed. */
  readonly hostNames: readonly string[]
}

/** The listeners of the administration. */
export interface AdminDoor {
  /** Where it listens, the port filled in; undefined: it could not. */
  readonly address: ListenAddress | undefined
  /** The Unix socket; undefined: it could not be had. */
  readonly socket: string | undefined
  /** Takes no more requests, lets running ones end. */
  drain(): Promise<void>
  /** Closes every connection at once. */
  stop(): Promise<void>
}

/** A feed, and the journal that fills it besides another. */
export function feedFrom(journal: Journal): {
  readonly feed: JournalFeed
  readonly journal: Journal
} {
  const feed = new JournalFeed({ run: randomBytes(3).toString('hex') })
  return {
    feed,
    journal: {
      record(entry) {
        journal.record(entry)
        feed.take(entry)
      },
    },
  }
}

/**
 * Opens the listeners of the administration. What answers is loaded with the first request: a
 * server that nobody administers does not pay for it.
 *
 * @throws {Error} When an address that was named cannot be had.
 */
export async function openAdmin(
  server: AdministeredServer,
  { listen, stateFolder }: { readonly listen: AdminListen; readonly stateFolder: string },
): Promise<AdminDoor> {
  const { feed, log } = server
  const answer = lazyAnswer(server)
  const hostNames = new Set([...listen.hostNames, hostname()].map((name) => name.toLowerCase()))
  const tcp = listener((request, peerAddress) =>
    answer(request, { kind: 'tcp', peerAddress, hostNames }),
  )
  const address = await listenAtAddress(tcp, listen).catch((error: unknown) => {
    if (listen.isNamed) throw error
    log.warn(`no administration over TCP: ${(error as Error).message}`)
    return undefined
  })
  if (address !== undefined && !isLoopback(address.address)) {
    log.warn('the administration is open to the network without TLS: put a proxy before it')
  }
  const local = listener((request) => answer(request, { kind: 'socket' }))
  const file = adminSocketFile(stateFolder)
  const socket = await listenAtSocket(local, file).then(
    () => file,
    (error: unknown) => {
      log.warn(`no administration at ${file}: ${(error as Error).message}`)
      return undefined
    },
  )
  const servers = [
    ...(address === undefined ? [] : [tcp]),
    ...(socket === undefined ? [] : [local]),
  ]
  return { address, socket, ...closing(servers, feed) }
}

type Answer = (request: Request, entrance: Entrance) => Promise<Response>

function lazyAnswer(server: AdministeredServer): Answer {
  const load = async () => {
    const { createApi } = await import('../api/create-api.ts')
    return createApi(adminParts(server))
  }
  let api: ReturnType<typeof load> | undefined
  return async (request, entrance) => {
    api ??= load()
    return await (await api).fetch(platformRequest(request), { entrance })
  }
}

/**
 * The request as an object of the platform: the adaptor hands over its own, of which no other can
 * be made, as the limit of bodies does.
 */
function platformRequest(request: Request): Request {
  const { url, method, headers, signal } = request
  const hasBody = headers.has('transfer-encoding') || Number(headers.get('content-length')) > 0
  const body = hasBody ? { body: request.body, duplex: 'half' } : {}
  return new Request(url, { method, headers, signal, ...body })
}

function listener(answer: (request: Request, peerAddress: string) => Promise<Response>): Server {
  const server = createAdaptorServer({
    fetch: (request, env) => {
      const { remoteAddress = '' } = (env as HttpBindings).incoming.socket
      return answer(request, remoteAddress.replace(/^::ffff:/, ''))
    },
    overrideGlobalObjects: false,
  }) as Server
  server.maxConnections = CONNECTIONS_MAX
  return server
}

function listenAtAddress(server: Server, { address: where }: AdminListen): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, where)))
    server.listen({ host: where.address, port: where.port, ipv6Only: true }, () => {
      const bound = server.address()
      const port = typeof bound === 'object' && bound !== null ? bound.port : where.port
      resolve({ address: where.address, port })
    })
  })
}

function listenError(error: NodeJS.ErrnoException, where: ListenAddress): Error {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'not permitted: choose a port above 1023',
    EADDRINUSE: 'another program has it: choose another with --admin, or --admin none',
    EADDRNOTAVAIL: 'this machine does not have that address',
  }
  const reason = reasons[error.code ?? ''] ?? error.message
  return new Error(`Cannot listen on ${formatListenAddress(where)} to be administered: ${reason}`)
}

function closing(servers: readonly Server[], feed: JournalFeed): Pick<AdminDoor, 'drain' | 'stop'> {
  const closed = (server: Server): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    server.close(() => resolve())
    server.closeIdleConnections()
    return promise
  }
  const close = async (): Promise<void> => {
    feed.close()
    await Promise.all(servers.map(closed))
  }
  return {
    drain: close,
    async stop() {
      const all = close()
      for (const server of servers) server.closeAllConnections()
      await all
    },
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
