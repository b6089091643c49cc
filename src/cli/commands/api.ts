import { userInfo } from 'node:os'
import { text as readAll } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { askServer, problemDetailOf, type ServerPlace, serverSocket } from '../ask-server.ts'
import { CommandError, ExitStatus } from '../command-error.ts'

export interface ApiOptions extends ServerPlace {
  readonly data?: string
  readonly header?: readonly string[]
}

const methods = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE']

/** Asks the server that runs for a site. What it answers goes to standard output. */
export async function api(method: string, path: string, options: ApiOptions): Promise<number> {
  const verb = method.toUpperCase()
  if (!methods.includes(verb)) {
    const message = `Found the method "${method}", allowed are ${methods.join(', ')}`
    throw new CommandError(message, ExitStatus.usage)
  }
  const socketPath = await serverSocket(options)
  const body = options.data === '-' ? await readAll(process.stdin) : options.data
  const where = pathOf(path)
  const headers = { ...bodyHeaders(verb, where, body), ...headersOf(options.header ?? []) }
  const answered = await askServer({ socketPath, method: verb, path: where, headers }, body)
  const { statusCode = 0 } = answered
  if (statusCode < 400) {
    // A stream goes on until somebody ends it.
    await pipeline(answered, process.stdout, { end: false })
    if (answered.headers['content-type'] === 'application/json') process.stdout.write('\n')
    return ExitStatus.done
  }
  process.stderr.write(`trivet: ${problemDetailOf(statusCode, await readAll(answered))}\n`)
  return ExitStatus.refused
}

/** `devices` and `/api/v1/devices` are the same. */
function pathOf(path: string): string {
  return path.startsWith('/') ? path : `/api/v1/${path}`
}

function bodyHeaders(verb: string, path: string, body: string | undefined): Record<string, string> {
  const headers = { 'trivet-user': userName() }
  if (body === undefined) return headers
  const isText = /\/import(?:\?|$)/.test(path)
  const json = verb === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const length = String(Buffer.byteLength(body))
  return {
    ...headers,
    'content-type': isText ? 'application/yaml' : json,
    'content-length': length,
  }
}

/** @throws {CommandError} */
function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line) ?? []
      if (name !== undefined && value !== undefined) return [name.toLowerCase(), value]
      const message = `Found --header "${line}", "Name: value" is needed`
      throw new CommandError(message, ExitStatus.usage)
    }),
  )
}

/** As history shows it. */
function userName(): string {
  try {
    const name = process.env['SUDO_USER'] ?? userInfo().username
    return name.replaceAll(/[^!-~]/g, '?').slice(0, 64)
  } catch {
    return `uid-${process.getuid?.() ?? '?'}`
  }
}
