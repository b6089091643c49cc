import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'

/** A server under load. */
export interface RunningServer extends AsyncDisposable {
  readonly pid: number
  /** Where it listens. */
  readonly host: string
  readonly port: number
  /** Its resident set, in MB. */
  residentMb(): number
}

/** How a server is started: on the first core, apart from the load. */
export interface ServerCommand {
  readonly command: readonly string[]
  readonly host?: string
  readonly port: number
  readonly environment?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Starts a server on the first core and waits until it answers. */
export async function startServer(
  what: ServerCommand,
  isUp: () => Promise<boolean>,
): Promise<RunningServer> {
  const args = ['-c', '0', ...what.command]
  const environment = { ...process.env, ...what.environment }
  const child = spawn('taskset', args, {
    cwd: what.cwd,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-4000)
  })
  const deadline = performance.now() + 20_000
  while (!(await isUp())) {
    if (child.exitCode === null && performance.now() < deadline) continue
    child.kill('SIGKILL')
    throw new Error(`It does not start: ${what.command.join(' ')}\n${said}`)
  }
  return {
    pid: child.pid ?? 0,
    host: what.host ?? '127.0.0.1',
    port: what.port,
    residentMb: () => residentMb(child.pid ?? 0),
    [Symbol.asyncDispose]: () => end(child),
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
  await once(child, 'exit')
  clearTimeout(timer)
}

function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024
}
