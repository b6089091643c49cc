import { type IncomingMessage, request } from 'node:http'
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { adminSocketFile } from '../../server/admin-socket.ts'
import { secretPlace } from '../../server/open-inventory.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import { loadSiteOrExit } from '../load-site-or-exit.ts'

export interface ApiOptions {
  readonly data?: string
  readonly header?: readonly string[]
  readonly site?: string
  readonly state?: string
}

const methods = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE']

/** Asks the server that runs for a site. What it answers goes to standard output. */
export async function api(method: string, path: string, options: ApiOptions): Promise<number> {
  const verb = method.toUpperCase()
  if (!methods.includes(verb)) {
    const message = `Found the method "${method}", allowed are ${methods.join(', ')}`
    throw new CommandError(message, ExitStatus.usage)
  }
  const socketPath = await socketOf(options)
  const body = options.data === '-' ? await readAll(process.stdin) : options.data
  const where = pathOf(path)
  const headers = { ...bodyHeaders(verb, where, body), ...headersOf(options.header ?? []) }
  const answered = await ask({ socketPath, method: verb, path: where, headers }, body)
  const { statusCode = 0 } = answered
  if (statusCode < 400) {
    // A stream goes on until somebody ends it.
    await pipeline(answered, process.stdout, { end: false })
    if (answered.headers['content-type'] === 'application/json') process.stdout.write('\n')
    return ExitStatus.done
  }
  process.stderr.write(`trivet: ${detailOf(statusCode, await readAll(answered))}\n`)
  return ExitStatus.refused
}

async function socketOf(options: ApiOptions): Promise<string> {
  const { site } = await loadSiteOrExit(options.site)
  const state = options.state === undefined ? undefined : resolve(options.state)
  const place = { siteFolder: site.folder, state, store: undefined }
  return adminSocketFile(secretPlace(place).stateFolder)
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

function ask(
  options: {
    readonly socketPath: string
    readonly method: string
    readonly path: string
    readonly headers: Record<string, string>
  },
  body: string | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(options, resolve)
    asked.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const isNone = code === 'ENOENT' || code === 'ECONNREFUSED'
      const reason = isNone ? 'no server runs for this site' : message
      const text = `No answer at ${options.socketPath}: ${reason}`
      reject(new CommandError(text, ExitStatus.noAnswer))
    })
    asked.end(body)
  })
}

function detailOf(status: number, text: string): string {
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown }
    return typeof detail === 'string' ? detail : `${status} ${text}`
  } catch {
    return `${status} ${text}`
  }
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
