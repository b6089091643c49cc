import { protectedPaths } from '../config/protected.ts'
import type { ListenAddress, SiteConfig } from '../config/site.ts'
import { HttpFront } from '../fronts/http/http-front.ts'
import type { Log } from '../observe/log.ts'
import { markingJournal } from '../observe/marking-journal.ts'
import { RecordingJournal } from '../observe/recording-journal.ts'
import type { Renditions } from '../rendition/renditions.ts'
import { Router } from '../routing/router.ts'
import { type AdminDoor, type AdminListen, feedFrom, openAdmin } from './admin.ts'
import { createAnswerer } from './answerer.ts'
import { buildRoutes } from './build-routes.ts'
import { type ClientMacs, openClientMacs } from './client-macs.ts'
import { secretPlace } from './open-inventory.ts'
import { type Bind, type HttpsDoor, openHttpsDoor } from './https-door.ts'
import { expectedMisses } from './expected-misses.ts'
import { openRenditions } from './open-renditions.ts'
import { requestIds } from './request-ids.ts'
import { ServerInventory } from './server-inventory.ts'
import { openTftpDoor, type TftpDoor } from './tftp-door.ts'
import { openUploads, protectUploads } from './uploads-open.ts'
import type { UploadsPlaces } from './uploads-places.ts'
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
  /** Where to listen for HTTPS, which needs `tls` of the site. Default none. */
  readonly https?: readonly ListenAddress[]
  /** Answer every transfer from the port that was asked. */
  readonly singlePort: boolean
  /** Threads that speak TFTP, 1–64; 0: the one that makes the files. Default 0. */
  readonly workers?: number
  /** Folder of the state; undefined: `.trivet` beside the configuration. */
  readonly state?: string
  /** URL of the store; undefined: SQLite in the folder of the state. */
  readonly store?: string
  /** Where to be administered; undefined: nowhere. */
  readonly admin?: AdminListen
  readonly log: Log
  /** Runs what takes ports, with the rights for it. Default: as the process is. */
  readonly bind?: Bind
}

/** A server that is up. */
export interface RunningServer {
  /** Where it listens, ports filled in. */
  readonly tftp: readonly ListenAddress[]
  readonly http: readonly ListenAddress[]
  readonly https: readonly ListenAddress[]
  /** Where it is administered; undefined: nowhere. */
  readonly admin: Pick<AdminDoor, 'address' | 'socket'> | undefined
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
  const { state, store } = options
  const { keyFile } = site.secrets
  const place = { siteFolder: site.folder, state, store, keyFile }
  const isProtected = protectUploads(protectedPaths(site), place)
  const warn = (message: string): void => log.warn(message)
  const uploads = await openUploads(site, place, { isProtected, warn })
  const serverSoftware = `trivet/${version}`
  const macs = await openClientMacs(site, log)
  const macOf = macs?.macOf
  const parts = { site, serverSoftware, isProtected, warn, uploads, macOf }
  const routes = await buildRoutes(parts).catch(async (error: unknown) => {
    await macs?.[Symbol.asyncDispose]()
    throw error
  })
  await uploads?.tidy()
  const renditions = openRenditions(site)
  const trust = { identity: site.identity, trustsCertificates: site.secrets.certificates }
  const known = await ServerInventory.open(place, trust, log)
  const router = new Router(routes)
  const answer = createAnswerer({ router, renditions, known, log })
  const journal = new RecordingJournal({ log })
  const { feed, journal: fed } = feedFrom(journal)
  const marking = markingJournal(fed, expectedMisses(site.expectedMisses))
  const shared = { answer, journal: marking, log, newId: requestIds() }
  const http = new HttpFront({ ...shared, patienceMs: site.limits.httpPatienceMs })
  let https: HttpsDoor | undefined
  try {
    const { tftp, singlePort, workers = 0, bind = (work) => work() } = options
    const httpAddresses = await bind(() => http.listen(options.http))
    https = await openHttpsDoor(http, { addresses: options.https ?? [], tls: site.tls, log, bind })
    const door = await bind(() => openTftpDoor({ ...shared, site, tftp, singlePort, workers }))
    const { stateFolder } = secretPlace(place)
    const administered = { site, known, feed, log, macOf }
    const admin = await openAdminOf(options.admin, { administered, stateFolder, door })
    const doors = { http, httpAddresses, https, door, admin }
    return running({ ...doors, journal, renditions, known, macs, uploads })
  } catch (error) {
    http.stop()
    await https?.close()
    await known[Symbol.asyncDispose]()
    await macs?.[Symbol.asyncDispose]()
    throw error
  }
}

async function openAdminOf(
  listen: AdminListen | undefined,
  parts: {
    readonly administered: Parameters<typeof openAdmin>[0]
    readonly stateFolder: string
    readonly door: TftpDoor
  },
): Promise<AdminDoor | undefined> {
  if (listen === undefined) return undefined
  const { administered, stateFolder, door } = parts
  try {
    return await openAdmin(administered, { listen, stateFolder })
  } catch (error) {
    await door.stop()
    throw error
  }
}

function running(parts: {
  readonly http: HttpFront
  readonly httpAddresses: readonly ListenAddress[]
  readonly https: HttpsDoor
  readonly door: TftpDoor
  readonly admin: AdminDoor | undefined
  readonly journal: RecordingJournal
  readonly renditions: Renditions
  readonly known: ServerInventory
  readonly macs: ClientMacs | undefined
  readonly uploads: UploadsPlaces | undefined
}): RunningServer {
  const { http, door, admin, journal, renditions } = parts
  const pruning = setInterval(() => renditions.prune(), PRUNE_MS).unref()
  const close = async (): Promise<void> => {
    clearInterval(pruning)
    renditions.stop()
    await parts.https.close()
    await parts.known[Symbol.asyncDispose]()
    await parts.macs?.[Symbol.asyncDispose]()
  }
  return {
    tftp: door.listeners,
    http: parts.httpAddresses,
    https: parts.https.listeners,
    admin,
    journal,
    async drain() {
      await Promise.all([http.drain(), door.drain(), admin?.drain()])
      await parts.uploads?.drained()
      await close()
    },
    async stop() {
      http.stop()
      await Promise.all([door.stop(), admin?.stop()])
      await close()
    },
  }
}
