import { isIP } from 'node:net'
import { ApiProblem } from './api-problem.ts'
import type { Entrance } from './entrance.ts'

/**
 * Refuses what a browser sends for a page of somebody else.
 *
 * A name that its owner points at this machine ends in a `Host` that is not ours; an IP address
 * cannot be pointed elsewhere. What a page of another origin sends says so in `Origin`.
 *
 * @throws {ApiProblem} 421 or 403.
 */
export function checkSameSite(headers: Headers, entrance: Entrance): void {
  const host = headers.get('host') ?? ''
  if (entrance.kind === 'tcp' && !isOurs(host, entrance.hostNames)) {
    const detail = `Found Host "${host}": use an IP address, localhost, or a name of --admin-name`
    throw new ApiProblem(421, 'HOST_WRONG', detail)
  }
  const origin = headers.get('origin')
  if (origin === null || hostOf(origin) === host) return
  const detail = `Found Origin "${origin}": pages of other servers are not answered`
  throw new ApiProblem(403, 'ORIGIN_WRONG', detail)
}

function isOurs(host: string, hostNames: ReadonlySet<string>): boolean {
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase()
  if (name === 'localhost' || hostNames.has(name)) return true
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
