import type { DatagramTransport, InboundBatch } from '../base/datagram.ts'
import { protectedPaths } from '../config/protected.ts'
import type { ListenAddress, SiteConfig } from '../config/site.ts'
import { HttpFront } from '../fronts/http/http-front.ts'
import { TftpFront } from '../fronts/tftp/tftp-front.ts'
import type { Log } from '../observe/log.ts'
import { RecordingJournal } from '../observe/recording-journal.ts'
import type { Renditions } from '../rendition/renditions.ts'
import { Router } from '../routing/router.ts'
import { openDgramTransport } from '../transport/dgram/dgram-transport.ts'
import { createAnswerer } from './answerer.ts'
import { buildRoutes } from './build-routes.ts'
import { profileFinder } from './client-profiles.ts'
import { openRenditions } from './open-renditions.ts'
import { requestIds } from './request-ids.ts'
import { ServerInventory } from './server-inventory.ts'
import { version } from './version.ts'

/** How often renditions that are of no use any more are looked for, in ms. */
const PRUNE_MS = 30_000

/** What to serve, and where. */
export interface ServerOptions {
  readonly site: SiteConfig
  /** Where to listen for TFTP; empty for none. */
  readonly tftp: readonly ListenAddress[]
  /** Where to listen for HTTP; empty for none. */
  readonly http: readonly ListenAddress[]
  /** Answer every transfer from the port that was asked. */
  readonly singlePort: boolean
  /** Folder of the state; undefined: `.trivet` beside the configuration. */
  readonly state?: string
  /** URL of the store; undefined: SQLite in the folder of the state. */
  readonly store?: string
  readonly log: Log
}

/** A server that is up. */
export interface RunningServer {
  /** Where it listens, ports filled in. */
  readonly tftp: readonly ListenAddress[]
  readonly http: readonly ListenAddress[]
  readonly journal: RecordingJournal
  /** Takes nothing new and resolves when all that runs has ended. */
  drain(): Promise<void>
  /** Ends everything at once and resolves when all sockets are closed. */
  stop(): Promise<void>
}

/**
 * Joins the parts and opens the listeners. The only place that knows all of them.
 *
 * @throws When an address cannot be had or a handler cannot be loaded; nothing is left open then.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { site, log } = options
  const routes = await buildRoutes({
    site,
    serverSoftware: `trivet/${version}`,
    isProtected: protectedPaths(site),
    warn: (message) => log.warn(message),
  })
  const renditions = openRenditions(site)
  const { state, store } = options
  const { keyFile } = site.secrets
  const place = { siteFolder: site.folder, state, store, keyFile }
  const known = await ServerInventory.open(place, log)
  const router = new Router(routes)
  const answer = createAnswerer({ router, renditions, known, log })
  const journal = new RecordingJournal({ log })
  const shared = { answer, journal, log, newId: requestIds() }
  const http = new HttpFront({ ...shared, patienceMs: site.limits.httpPatienceMs })
  const httpAddresses = await listenAll(http, options.http)
  try {
    const { transport, front } = await openTftp(options, shared)
    return running({ http, httpAddresses, transport, front, journal, renditions, known })
  } catch (error) {
    http.stop()
    await known[Symbol.asyncDispose]()
    throw error
  }
}

interface Shared {
  readonly answer: ReturnType<typeof createAnswerer>
  readonly journal: RecordingJournal
  readonly log: Log
  readonly newId: () => string
}

interface Tftp {
  readonly transport: DatagramTransport
  readonly front: TftpFront
}

async function openTftp(options: ServerOptions, shared: Shared): Promise<Tftp> {
  const { site, log } = options
  let front: TftpFront | undefined
  const transport = await openDgramTransport({
    listen: options.tftp,
    singlePort: options.singlePort,
    transferPorts: site.listen.transferPorts,
    onBatch: (batch: InboundBatch) => front?.receive(batch),
    onWarning: (message: string) => log.warn(message),
  })
  const { transfersMax, transfersPerAddressMax, windowBlocksMax, collectBytesMax } = site.limits
  front = new TftpFront({
    ...shared,
    transport,
    endpoint: { transfersMax, transfersPerAddressMax, windowBlocksMax },
    collectBytesMax,
    profileNameOf: profileFinder(site.clients),
  })
  return { transport, front }
}

async function listenAll(
  http: HttpFront,
  addresses: readonly ListenAddress[],
): Promise<readonly ListenAddress[]> {
  try {
    return await Promise.all(addresses.map((address) => http.listen(address)))
  } catch (error) {
    http.stop()
    throw error
  }
}

function running(parts: {
  readonly http: HttpFront
  readonly httpAddresses: readonly ListenAddress[]
  readonly transport: DatagramTransport
  readonly front: TftpFront
  readonly journal: RecordingJournal
  readonly renditions: Renditions
  readonly known: ServerInventory
}): RunningServer {
  const { http, front, transport, journal, renditions } = parts
  const pruning = setInterval(() => renditions.prune(), PRUNE_MS).unref()
  const close = async (): Promise<void> => {
    clearInterval(pruning)
    renditions.stop()
    await transport.close()
    await parts.known[Symbol.asyncDispose]()
  }
  const listeners = transport.listeners.map(({ address, port }) => ({ address, port }))
  return {
    tftp: listeners,
    http: parts.httpAddresses,
    journal,
    async drain() {
      await Promise.all([http.drain(), front.drain()])
      await close()
    },
    async stop() {
      http.stop()
      front.stop()
      await close()
    },
  }
}
