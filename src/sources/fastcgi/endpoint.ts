import { resolve } from 'node:path'

/** Where an application listens: a TCP port or a Unix socket. */
export type Endpoint =
  | { readonly host: string; readonly port: number }
  /** Absolute path. */
  | { readonly path: string }

/** A TCP address as written: `127.0.0.1:9000`, `[::1]:9000`, `php:9000`; undefined for others. */
export function parseAddress(
  text: string,
): { readonly host: string; readonly port: number } | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):(\d{1,5})$/i.exec(text)
  const host = found?.[1] ?? found?.[2]
  const port = Number(found?.[3])
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}

/** Where the options say the application listens; they were checked. */
export function endpointOf(
  {
    address,
    socket,
  }: { readonly address?: string | undefined; readonly socket?: string | undefined },
  siteFolder: string,
): Endpoint {
  const tcp = parseAddress(address ?? '')
  return tcp ?? { path: resolve(siteFolder, socket ?? '') }
}

/** As it stands in messages. */
export function formatEndpoint(endpoint: Endpoint): string {
  if ('path' in endpoint) return endpoint.path
  const { host, port } = endpoint
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
