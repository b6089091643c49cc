import { networkInterfaces } from 'node:os'
import { resolve } from 'node:path'
import { parseListenAddress } from '../../config/addresses.ts'
import { formatProblem } from '../../config/problems.ts'
import type { ListenAddress, SiteConfig } from '../../config/site.ts'
import { createLog, type Log } from '../../observe/log.ts'
import { type RunningServer, type ServerOptions, startServer } from '../../server/server.ts'
import { loadSiteOrExit } from '../load-site-or-exit.ts'
import { Privileges } from '../privileges.ts'
import { readyLines, readyText } from '../ready.ts'

const TFTP_PORT = 69
const HTTP_PORT = 8069
const HTTPS_PORT = 8443
const ADMIN_PORT = 8070

export interface ServeOptions {
  readonly tftp?: readonly string[]
  /** False after `--no-http`. */
  readonly http?: readonly string[] | false | true
  /** False after `--no-https`. */
  readonly https?: readonly string[] | false | true
  readonly singlePort?: boolean
  readonly log?: 'debug' | 'info' | 'warn' | 'error'
  readonly drainMs: number
  readonly workers: number
  /** `none`: nowhere. */
  readonly admin?: string
  readonly adminName?: readonly string[]
  readonly state?: string
  readonly store?: string
  /** Who to be once the ports are taken. */
  readonly user?: string
}

/** Serves a site until told to stop. */
export async function serve(target: string | undefined, options: ServeOptions): Promise<void> {
  const privileges = options.user === undefined ? undefined : Privileges.putAside(options.user)
  const { site, warnings } = await loadSiteOrExit(target)
  const log = createLog({ level: options.log ?? site.log.level })
  for (const warning of warnings) log.warn(formatProblem(warning))
  const server = await start(site, { ...options, privileges }, log)
  if (server === undefined) return
  privileges?.drop()
  await announce(site, server, log)
  stopOnSignals(server, options.drainMs, log)
}

async function start(
  site: SiteConfig,
  options: ServeOptions & { readonly privileges: Privileges | undefined },
  log: Log,
): Promise<RunningServer | undefined> {
  const { privileges } = options
  try {
    return await startServer({
      site,
      tftp: addresses(options.tftp, site.listen.tftp, TFTP_PORT),
      http: options.http === false ? [] : addresses(options.http, site.listen.http, HTTP_PORT),
      https: httpsAddresses(site, options),
      workers: options.workers,
      ...adminListen(options),
      singlePort: options.singlePort ?? site.listen.singlePort,
      ...(options.state === undefined ? {} : { state: resolve(options.state) }),
      ...(options.store === undefined ? {} : { store: options.store }),
      ...(privileges ? { bind: (work) => privileges.whileBinding(work) } : {}),
      log,
    })
  } catch (error) {
    process.stderr.write(`trivet: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
    return undefined
  }
}

/** This machine alone, unless it is said otherwise. @throws {AddressError} */
function adminListen({ admin, adminName }: ServeOptions): Pick<ServerOptions, 'admin'> {
  if (admin === 'none') return {}
  const address = { address: '127.0.0.1', port: ADMIN_PORT }
  const hostNames = adminName ?? []
  if (admin === undefined) return { admin: { address, isNamed: false, hostNames } }
  const named = parseListenAddress(admin, ADMIN_PORT)
  return { admin: { address: named, isNamed: true, hostNames } }
}

/** None where the site has no certificate and nobody asks for it. */
function httpsAddresses(site: SiteConfig, { https }: ServeOptions): readonly ListenAddress[] {
  if (https === false || (site.tls === undefined && !Array.isArray(https))) return []
  return addresses(https, site.listen.https, HTTPS_PORT)
}

/** Flags win over the configuration, the configuration over "every address". */
function addresses(
  flags: readonly string[] | boolean | undefined,
  configured: readonly ListenAddress[] | undefined,
  defaultPort: number,
): readonly ListenAddress[] {
  if (Array.isArray(flags)) {
    return flags.map((text: string) => parseListenAddress(text, defaultPort))
  }
  if (configured !== undefined) return configured
  const every = [{ address: '0.0.0.0', port: defaultPort }]
  return hasIpv6() ? [...every, { address: '::', port: defaultPort }] : every
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces())
    .flat()
    .some((one) => one?.family === 'IPv6')
}

async function announce(site: SiteConfig, server: RunningServer, log: Log): Promise<void> {
  const lines = await readyLines(site, server)
  const text = readyText(site, server, lines)
  if (process.stdout.isTTY) {
    process.stdout.write(text)
  } else {
    const { tftp, http, https, admin } = server
    const where = admin && { ...admin.address, socket: admin.socket }
    log.info({ tftp, http, https, admin: where, try: lines }, 'ready')
    process.stderr.write(text)
  }
}

/** First signal: finish what runs. Second: leave at once. */
function stopOnSignals(server: RunningServer, drainMs: number, log: Log): void {
  let isStopping = false
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(1)
    isStopping = true
    log.info({ signal, drainMs }, 'stopping: running transfers may end, a second signal ends them')
    void stopGently(server, drainMs, log)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

async function stopGently(server: RunningServer, drainMs: number, log: Log): Promise<void> {
  const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), drainMs).unref())
  const ended = await Promise.race([server.drain(), late])
  if (ended === 'late') {
    log.warn({ drainMs }, 'ending what still runs')
    await server.stop()
  }
  log.info('stopped')
  process.exit(0)
}
