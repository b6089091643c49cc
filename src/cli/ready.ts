import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ListenAddress, SiteConfig } from '../config/site.ts'
import { version } from '../server/version.ts'

interface Listening {
  readonly tftp: readonly ListenAddress[]
  readonly http: readonly ListenAddress[]
  readonly https: readonly ListenAddress[]
  readonly admin?: { readonly address: ListenAddress | undefined } | undefined
}

/** Commands that prove the server works: one per front, for a file that this site has. */
export async function readyLines(site: SiteConfig, listening: Listening): Promise<string[]> {
  const path = await samplePath(site)
  const [tftp] = listening.tftp
  const [http] = listening.http
  const [https] = listening.https
  const lines: string[] = []
  if (tftp !== undefined) lines.push(`curl tftp://${authority(tftp)}${path}`)
  if (http !== undefined) lines.push(`curl http://${authority(http)}${path}`)
  if (https !== undefined) lines.push(`curl --insecure https://${authority(https)}${path}`)
  return lines
}

/** What a person reads when the server is up. */
export function readyText(
  site: SiteConfig,
  listening: Listening,
  lines: readonly string[],
): string {
  const list = (addresses: readonly ListenAddress[]): string =>
    addresses.map(authority).join(', ') || 'off'
  const admin = listening.admin?.address
  return [
    `Trivet ${version} serves ${site.file ?? site.folder}`,
    `  TFTP ${list(listening.tftp)}`,
    `  HTTP ${list(listening.http)}`,
    ...(listening.https.length === 0 ? [] : [`  HTTPS ${list(listening.https)}`]),
    ...(admin === undefined ? [] : [`  API  http://${authority(admin)}/api/v1/reference`]),
    'Ready. Try:',
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n')
}

/** The name of something this site serves without parameters; a guess where all names have some. */
async function samplePath(site: SiteConfig): Promise<string> {
  for (const { match, methods, source } of site.routes) {
    if (!methods.includes('GET')) continue
    if (!match.startsWith('~') && !match.includes('{')) return encodeURI(match)
    if (!match.endsWith('/{path...}')) continue
    const { options } = source as { options?: { folder?: string } }
    if (source.kind !== 'cgi' && source.kind !== 'static') continue
    const name = await firstFile(join(site.folder, options?.folder ?? '.'))
    if (name !== undefined) return encodeURI(match.replace('{path...}', name))
  }
  return '/'
}

async function firstFile(folder: string): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && !/^\.|\.j2$|^trivet\./.test(entry.name))
    .map((entry) => entry.name)
    .toSorted()[0]
}

function authority({ address, port }: ListenAddress): string {
  if (address === '0.0.0.0') return `127.0.0.1:${port}`
  if (address === '::') return `[::1]:${port}`
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
