import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { SMALL_BYTES } from './folders.ts'
import { type RunningServer, type ServerCommand, startServer } from './server-process.ts'
import { answers } from './tftp-probe.ts'

/** A server that is measured. */
export interface Subject {
  readonly name: string
  /** True for one that makes its files, of 4 KiB; the others serve those on disk. */
  readonly isDynamic: boolean
  /** Why it is left out; undefined: it is here. */
  missing(): string | undefined
  start(): Promise<RunningServer>
}

/** Where the parts of a benchmark are. */
export interface BenchPlaces {
  /** What the static servers serve. */
  readonly files: string
  readonly scratch: string
  /** Trivet's own site. */
  readonly site: string
}

const SERVERS = join(import.meta.dirname, 'servers')
/** Its package and that of atftpd exclude each other; so it may be unpacked elsewhere. */
const hpa = process.env['TFTPD_HPA'] ?? '/usr/sbin/in.tftpd'
const MAIN = join(import.meta.dirname, '../src/cli/main.ts')
const FBTFTP = '/usr/lib/python3/dist-packages/fbtftp'

/** All servers, Trivet's own rows first. */
export function subjects(places: BenchPlaces): readonly Subject[] {
  return [
    trivet('trivet', places.site, 7101),
    trivet('trivet, node:dgram', places.site, 7102, { TRIVET_TRANSPORT: 'dgram' }),
    ...staticPeers(places),
    ...dynamicPeers(places),
  ]
}

function trivet(name: string, site: string, port: number, environment = {}): Subject {
  const listen = ['--tftp', `127.0.0.1:${port}`, '--http', `127.0.0.1:${port + 1000}`]
  const command = [process.execPath, MAIN, 'serve', site, ...listen, '--admin', 'none']
  return subject({ name, isDynamic: true, needs: [] }, { command, port, environment })
}

function staticPeers({ files }: BenchPlaces): readonly Subject[] {
  const kind = { isDynamic: false }
  const dnsmasq = ['dnsmasq', '-C', '/dev/null', '-k', '--port=0', '--enable-tftp', '--pid-file=']
  const places = [`--tftp-root=${files}`, '--tftp-max=20000', '--listen-address=127.0.0.69']
  const asRoot = ['--bind-interfaces', '--user=root', '--group=root']
  const atftpd = ['/usr/sbin/atftpd', '--daemon', '--no-fork', '--port', '7104']
  const options = ['--bind-address', '127.0.0.1', '--maxthread', '20000', '--user', 'root.root']
  return [
    subject(
      { ...kind, name: 'dnsmasq', needs: ['dnsmasq'] },
      { command: [...dnsmasq, ...places, ...asRoot], host: '127.0.0.69', port: 69 },
    ),
    subject(
      { ...kind, name: 'atftpd', needs: ['/usr/sbin/atftpd'] },
      { command: [...atftpd, ...options, files], port: 7104 },
    ),
    subject(
      { ...kind, name: 'tftpd-hpa', needs: [hpa] },
      { command: [hpa, '-L', '-a', '127.0.0.1:7105', '-u', 'root', '-s', files], port: 7105 },
    ),
  ]
}

function dynamicPeers({ scratch }: BenchPlaces): readonly Subject[] {
  const kind = { isDynamic: true }
  const bytes = String(SMALL_BYTES)
  const go = join(scratch, 'pin-tftp')
  const python = ['/usr/bin/python3', join(SERVERS, 'fbtftp_server.py')]
  // Beside its package, where Node looks for it.
  const node = [process.execPath, join(scratch, 'npm-tftp.mjs')]
  return [
    subject(
      { ...kind, name: 'pin/tftp', needs: [], prepare: () => buildGo(scratch) },
      { command: [go, '127.0.0.1:7103', bytes], port: 7103 },
    ),
    subject(
      { ...kind, name: 'fbtftp', needs: [FBTFTP] },
      { command: [...python, '127.0.0.1', '7106', bytes], port: 7106 },
    ),
    subject(
      { ...kind, name: 'npm tftp', needs: [], prepare: () => installTftp(scratch) },
      { command: [...node, '127.0.0.1', '7107', bytes], port: 7107, cwd: scratch },
    ),
  ]
}

interface Kind {
  readonly name: string
  readonly isDynamic: boolean
  /** Programs and paths that must be there. */
  readonly needs: readonly string[]
  readonly prepare?: () => string | undefined
}

function subject({ name, isDynamic, needs, prepare }: Kind, command: ServerCommand): Subject {
  const { host = '127.0.0.1', port } = command
  return {
    name,
    isDynamic,
    missing: () => needs.map(missingPart).find((why) => why !== undefined) ?? prepare?.(),
    start: () => startServer(command, () => answers(host, port)),
  }
}

function missingPart(need: string): string | undefined {
  if (need.includes('/')) return existsSync(need) ? undefined : `${need} is not there`
  try {
    execFileSync('sh', ['-c', `command -v ${need}`])
    return undefined
  } catch {
    return `${need} is not installed`
  }
}

/** The server of that name, into the folder of the benchmark. */
function installTftp(scratch: string): string | undefined {
  try {
    const args = ['install', '--prefix', scratch, '--no-audit', '--no-fund', 'tftp@0.1.2']
    execFileSync('npm', args, { stdio: 'pipe' })
    copyFileSync(join(SERVERS, 'npm-tftp.mjs'), join(scratch, 'npm-tftp.mjs'))
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
    return `it cannot be installed: ${reason ?? ''}`
  }
}

/** Debian's Go packages are below /usr/share/gocode. */
function buildGo(scratch: string): string | undefined {
  try {
    const source = join(SERVERS, 'pin-tftp.go')
    const go = { GOPATH: '/usr/share/gocode', GO111MODULE: 'off', GOCACHE: join(scratch, 'go') }
    const options = { env: { ...process.env, ...go }, stdio: 'pipe' } as const
    execFileSync('go', ['build', '-o', join(scratch, 'pin-tftp'), source], options)
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 2).join(' ') : String(error)
    return `it cannot be built: ${reason}`
  }
}
