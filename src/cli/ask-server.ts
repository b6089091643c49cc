import { type IncomingMessage, request } from 'node:http'
import { resolve } from 'node:path'
import { adminSocketFile } from '../server/admin-socket.ts'
import { secretPlace } from '../server/open-inventory.ts'
import { CommandError, ExitStatus } from './command-error.ts'
import { loadSiteOrExit } from './load-site-or-exit.ts'

/** Which server is asked: the one that runs for a site. */
export interface ServerPlace {
  readonly site?: string
  readonly state?: string
}

/** Where its Unix socket is. @throws {CommandError} When there is no such site. */
export async function serverSocket(options: ServerPlace): Promise<string> {
  const { site } = await loadSiteOrExit(options.site)
  const state = options.state === undefined ? undefined : resolve(options.state)
  const place = { siteFolder: site.folder, state, store: undefined }
  return adminSocketFile(secretPlace(place).stateFolder)
}

/** Asks by the Unix socket. @throws {CommandError} When nobody answers. */
export function askServer(
  options: {
    readonly socketPath: string
    readonly method: string
    readonly path: string
    readonly headers: Record<string, string>
  },
  body?: string,
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

/** What a refusal says, for people. */
export function problemDetailOf(status: number, text: string): string {
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown }
    return typeof detail === 'string' ? detail : `${status} ${text}`
  } catch {
    return `${status} ${text}`
  }
}
