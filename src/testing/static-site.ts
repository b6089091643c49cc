import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { parseHttpTarget } from '../routing/request-path.ts'
import { isDeclined } from '../routing/source.ts'
import { staticSource } from '../sources/static/index.ts'
import { type StaticOptions, staticOptions } from '../sources/static/options.ts'
import { requestContext } from './request-context.ts'
import { writtenFolder } from './written-folder.ts'

/** How a static source is asked. */
export interface StaticAsk {
  readonly options?: Partial<StaticOptions>
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly params?: Readonly<Record<string, string>>
  /** Default 10.0.0.7, whose MAC is 00:11:22:aa:bb:cc; that of others is not known. */
  readonly clientAddress?: string
}

/** A folder `site` with files below a temporary folder, and a source over it. */
export interface StaticSite extends AsyncDisposable {
  /** The site's folder. */
  readonly path: string
  /** What lies beside the site. */
  readonly outside: string
  ask(target: string, how?: StaticAsk): Promise<Response>
  /** What a client gets: the text, or `declined`. */
  text(target: string, how?: StaticAsk): Promise<string>
  /** Files of the site that this process holds open. Linux only. */
  openFiles(): string[]
}

/**
 * Names are relative to the temporary folder: `site/a.txt` is served as `/a.txt`. A file called
 * `secret`, whatever its extension, is protected.
 */
export async function staticSite(files: Readonly<Record<string, string>>): Promise<StaticSite> {
  const folder = await writtenFolder({ 'site/': '', ...files })
  const siteFolder = join(folder.path, 'site')
  const parts = {
    siteFolder,
    isProtected: (path: string) => /\/secret\.\w+$/.test(path),
    macOf: (address: string) => (address === '10.0.0.7' ? '00:11:22:aa:bb:cc' : undefined),
  }
  const ask = async (target: string, how: StaticAsk = {}): Promise<Response> => {
    const whole = 'file' in (how.options ?? {}) ? {} : { folder: '.' }
    const source = staticSource(staticOptions.parse({ ...whole, ...how.options }), parts)
    const path = parseHttpTarget(target)
    const { method = 'GET', headers = {}, params = {} } = how
    const { clientAddress = '10.0.0.7' } = how
    const request = new Request(`tftp://10.0.0.1${path.encoded}`, { method, headers })
    return source(request, requestContext({ path, params, clientAddress }))
  }
  return {
    path: siteFolder,
    outside: folder.path,
    ask,
    async text(target, how) {
      const response = await ask(target, how)
      return isDeclined(response) ? 'declined' : response.text()
    },
    openFiles: () => openFilesBelow(folder.path),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

function openFilesBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`)
      return path.startsWith(folder) ? [path] : []
    } catch {
      // The descriptor with which the list itself was read.
      return []
    }
  })
}

/** Repeats some work, counting from 0, while a part of a test runs. */
export async function whileRepeating(
  work: (count: number) => Promise<void>,
  part: () => Promise<void>,
): Promise<void> {
  const controller = new AbortController()
  const running = (async () => {
    for (let count = 0; !controller.signal.aborted; count += 1) await work(count)
  })()
  try {
    await part()
  } finally {
    controller.abort()
    await running
  }
}
