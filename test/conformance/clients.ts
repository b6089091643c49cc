import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** One fetch or upload by a real client. */
export interface ClientJob {
  readonly host: string
  readonly port: number
  /** Name on the server. */
  readonly remote: string
  /** Absolute path of the local file. */
  readonly local: string
  readonly mode?: 'octet' | 'netascii'
  /** Bytes; undefined: the client's default. */
  readonly blockBytes?: number
  /** RFC 2349 timeout option, in seconds. */
  readonly timeoutSeconds?: number
  readonly windowBlocks?: number
}

/** A real TFTP client: what it can do, and how it is called. */
export interface RealClient {
  readonly name: string
  /** Debian's package. */
  readonly package: string
  readonly version: readonly string[]
  /** Least and most blksize it can be told; undefined: it sends none. */
  readonly blockBytes: readonly [number, number] | undefined
  readonly can: ReadonlySet<'netascii' | 'windowsize' | 'timeout'>
  get(job: ClientJob): readonly string[]
  put(job: ClientJob): readonly string[]
}

const tftpHpa: RealClient = {
  name: 'tftp-hpa',
  package: 'tftp-hpa',
  version: ['tftp', '-V'],
  blockBytes: undefined,
  can: new Set(['netascii']),
  get: (job) => hpa(job, ['get', job.remote, job.local]),
  put: (job) => hpa(job, ['put', job.local, job.remote]),
}

function hpa(job: ClientJob, command: readonly string[]): readonly string[] {
  const mode = job.mode === 'netascii' ? 'ascii' : 'binary'
  const family = job.host.includes(':') ? ['-6'] : []
  return ['tftp', ...family, '-m', mode, job.host, String(job.port), '-c', ...command]
}

const atftp: RealClient = {
  name: 'atftp',
  package: 'atftp',
  version: ['atftp', '--version'],
  blockBytes: [8, 65_464],
  can: new Set(['netascii', 'windowsize', 'timeout']),
  get: (job) => atftpCommand(job, '--get'),
  put: (job) => atftpCommand(job, '--put'),
}

function atftpCommand(job: ClientJob, action: string): readonly string[] {
  const option = (name: string, value: number | string | undefined): string[] =>
    value === undefined ? [] : ['--option', `${name} ${value}`]
  return [
    'atftp',
    ...option('mode', job.mode),
    ...option('tsize', action === '--get' ? 0 : undefined),
    ...option('blksize', job.blockBytes),
    ...option('windowsize', job.windowBlocks),
    ...option('timeout', job.timeoutSeconds),
    action,
    '--remote-file',
    job.remote,
    '--local-file',
    job.local,
    job.host,
    String(job.port),
  ]
}

const curl: RealClient = {
  name: 'curl',
  package: 'curl',
  version: ['curl', '--version'],
  blockBytes: [8, 65_464],
  can: new Set(),
  get: (job) => ['curl', '-sS', '-g', ...curlBlocks(job), '-o', job.local, curlUrl(job)],
  put: (job) => ['curl', '-sS', '-g', ...curlBlocks(job), '-T', job.local, curlUrl(job)],
}

function curlBlocks({ blockBytes }: ClientJob): readonly string[] {
  return blockBytes === undefined ? [] : ['--tftp-blksize', String(blockBytes)]
}

function curlUrl({ host, port, remote }: ClientJob): string {
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return `tftp://${authority}/${remote}`
}

const busybox: RealClient = {
  name: 'busybox',
  package: 'busybox-static',
  version: ['busybox', 'tftp', '--help'],
  // It refuses 8 itself: "bad blocksize".
  blockBytes: [24, 65_464],
  can: new Set(),
  get: (job) => busyboxCommand(job, '-g'),
  put: (job) => busyboxCommand(job, '-p'),
}

function busyboxCommand(job: ClientJob, action: string): readonly string[] {
  const blocks = job.blockBytes === undefined ? [] : ['-b', String(job.blockBytes)]
  const names = ['-r', job.remote, '-l', job.local]
  return ['busybox', 'tftp', action, ...names, ...blocks, job.host, String(job.port)]
}

export const realClients: readonly RealClient[] = [tftpHpa, atftp, curl, busybox]

/** What came of a client's run. */
export interface ClientResult {
  readonly status: number
  readonly output: string
}

/** Runs a client to its end; one that hangs is ended, by default after a minute. */
export async function runClient(
  command: readonly string[],
  { limitMs = 60_000 } = {},
): Promise<ClientResult> {
  const [program = '', ...args] = command
  try {
    const { stdout, stderr } = await run(program, args, { timeout: limitMs })
    return { status: 0, output: `${stdout}${stderr}` }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string }
    if (code === 'ENOENT') throw error
    return { status: typeof code === 'number' ? code : -1, output: `${stdout}${stderr}` }
  }
}

/** Whether the client is on this machine. */
export async function isInstalled(client: RealClient): Promise<boolean> {
  return runClient(client.version).then(
    () => true,
    () => false,
  )
}
