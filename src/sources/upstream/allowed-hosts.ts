/** What an entry of `hosts` must look like: a host or `*.` and a domain, perhaps with a port. */
const ENTRY = /^(\*\.)?(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?$/i

interface Entry {
  readonly host: string
  /** True for a whole domain: every name below it, not itself. */
  readonly isDomain: boolean
  /** Undefined: the usual one of the scheme. */
  readonly port: string | undefined
}

export function isHostEntry(text: string): boolean {
  return entryOf(text) !== undefined
}

/** Servers that may be asked whatever a request or a redirect says. */
export class AllowedHosts {
  readonly #entries: readonly Entry[]
  readonly #origins: ReadonlySet<string>

  /** @param origins - Those that the configuration names in full: `http://10.0.0.5:8080`. */
  constructor(hosts: readonly string[], origins: readonly string[]) {
    this.#entries = hosts.map(entryOf).filter((entry) => entry !== undefined)
    this.#origins = new Set(origins)
  }

  includes(url: URL): boolean {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return false
    if (url.username !== '' || url.password !== '') return false
    return this.#origins.has(url.origin) || this.#entries.some((entry) => fits(entry, url))
  }
}

function entryOf(text: string): Entry | undefined {
  const [, star, host = '', port] = ENTRY.exec(text) ?? []
  if (host === '' || Number(port ?? 1) > 65_535 || !URL.canParse(`http://${host}`)) return undefined
  // As URLs spell it: lower case, addresses in their shortest form.
  return { host: new URL(`http://${host}`).hostname, isDomain: star !== undefined, port }
}

function fits({ host, isDomain, port }: Entry, url: URL): boolean {
  const usual = url.protocol === 'https:' ? '443' : '80'
  const actual = url.port === '' ? usual : url.port
  if (actual !== (port ?? usual)) return false
  return isDomain ? url.hostname.endsWith(`.${host}`) : url.hostname === host
}
