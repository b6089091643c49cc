import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { RawClient, rawRequest } from '../../src/testing/raw-client.ts'

/** What a server of another make said: the file's content, or the ERROR. */
export type Said = { readonly text: string } | { readonly error: number }

/** Why a program cannot be compared with; false when it can. */
export function whyNot(program: string): string | false {
  if (process.getuid?.() !== 0) return `${program} serves a folder only when it is run by root`
  try {
    accessSync(program, constants.X_OK)
    return false
  } catch {
    return `${program} is not installed`
  }
}

/**
 * tftp-hpa's server. Its package and that of another server exclude each other; so it may be
 * unpacked elsewhere.
 */
export const tftpdHpa = process.env['TFTPD_HPA'] ?? '/usr/sbin/in.tftpd'

/** Starts it with a map. */
export function startTftpdHpa(map: string): Promise<RealServer> {
  return RealServer.start(map, ({ address, port, folder, mapFile }) => {
    const listen = ['--listen', '--foreground', '--user', 'root', '--address', `${address}:${port}`]
    return [tftpdHpa, ...listen, '--secure', '--map-file', mapFile, folder]
  })
}

/** Where it listens, and what it serves. */
export interface RealServerParts {
  readonly address: string
  readonly port: number
  readonly folder: string
  /** Holds the map. */
  readonly mapFile: string
}

/** A TFTP server of another make, with a map, and a folder that is filled for each request. */
export class RealServer implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #parts: RealServerParts
  #errors = ''

  /**
   * @param where - Default: a free port of 127.0.0.1.
   * @throws When it does not answer within 10 s, with what it said.
   */
  static async start(
    map: string,
    command: (parts: RealServerParts) => readonly [string, ...string[]],
    where: { readonly address?: string; readonly port?: number } = {},
  ): Promise<RealServer> {
    const base = await mkdtemp(join(tmpdir(), 'trivet-test-'))
    const [folder, mapFile] = [join(base, 'files'), join(base, 'map')]
    await mkdir(folder)
    await writeFile(mapFile, map)
    const { address = '127.0.0.1', port = await freePort() } = where
    const parts = { address, port, folder, mapFile }
    const server = new RealServer(command(parts), parts)
    await server.#ready()
    return server
  }

  private constructor([program, ...args]: readonly [string, ...string[]], parts: RealServerParts) {
    this.#parts = parts
    // A group of its own: it has a process for each client, and some of them may never end.
    this.#process = spawn(program, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString()
    })
  }

  get folder(): string {
    return this.#parts.folder
  }

  /** From now on the folder holds these files and no others. */
  async hold(files: Readonly<Record<string, string>>): Promise<void> {
    const { folder } = this.#parts
    for (const entry of await readdir(folder)) await rm(join(folder, entry), { recursive: true })
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await writeFile(join(folder, file), text)
    }
  }

  /** Asks for a name, of a file of less than 512 bytes. */
  ask(name: string, from?: string): Promise<Said> {
    return askTftp(name, { ...this.#parts, from })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid } = this.#process
    if (pid !== undefined && this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit')
      process.kill(-pid, 'SIGKILL')
      await ended
    }
    await rm(dirname(this.#parts.folder), { recursive: true })
  }

  /** UDP says nothing while nobody listens, so it is asked until it answers. */
  async #ready(): Promise<void> {
    await using client = await RawClient.open()
    const reply = client.reply().then(() => true)
    for (let tries = 0; tries < 500; tries += 1) {
      client.send(rawRequest(1, 'is-it-there', 'octet'), this.#parts.port, this.#parts.address)
      if (await Promise.race([reply, wait(20, false)])) return
    }
    throw new Error(`The server does not answer: ${this.#errors}`)
  }
}

/** Asks a server for a file of less than 512 bytes. */
export async function askTftp(
  name: string,
  where: { readonly address?: string; readonly port: number; readonly from?: string | undefined },
): Promise<Said> {
  await using client = await RawClient.open(where.from)
  client.send(rawRequest(1, name, 'octet'), where.port, where.address)
  const { bytes, port } = await client.reply()
  if (bytes.readUInt16BE(0) === 5) return { error: bytes.readUInt16BE(2) }
  client.send(Buffer.from([0, 4, bytes[2] ?? 0, bytes[3] ?? 0]), port, where.address)
  return { text: bytes.subarray(4).toString() }
}

/** A port that TCP has free is free for UDP on the loopback as well, but for great bad luck. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
