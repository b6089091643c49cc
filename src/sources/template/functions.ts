import type { RequestContext } from '../../routing/source.ts'
import type { TemplateFunction } from './environment.ts'
import { FilterError, shown } from './filter.ts'

/** The functions that every template has; what they give may differ at each request. */
export const functionNames: readonly string[] = ['now', 'client', 'request']

export interface FunctionParts {
  readonly request: Request
  readonly context: RequestContext
  now(): Date
}

/** Makes `now()`, `client()` and `request()` for one request. */
export function templateFunctions(
  parts: FunctionParts,
): Readonly<Record<string, TemplateFunction>> {
  const { request, context } = parts
  return {
    now: (format) => formatTime(parts.now(), format),
    client: () => ({
      address: context.clientAddress,
      port: context.clientPort,
      front: context.front,
    }),
    request: () => ({
      id: context.id,
      method: request.method,
      path: context.path.text,
      query: queryOf(context.path.query),
      headers: Object.fromEntries(request.headers),
      options: Object.fromEntries(context.tftpOptions),
      server: { address: context.localAddress, port: context.localPort },
    }),
  }
}

/** The first value of each name wins. */
function queryOf(query: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...new URLSearchParams(query)].toReversed())
}

const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')
const MONTHS =
  'January February March April May June July August September October November December'.split(' ')
const DAY_MS = 86_400_000

/** One row per letter of `now('%Y-%m-%d')`, as strftime has them; in UTC. */
const timeParts: Readonly<Record<string, (time: Date) => string>> = {
  Y: (time) => String(time.getUTCFullYear()),
  y: (time) => twoDigits(time.getUTCFullYear() % 100),
  m: (time) => twoDigits(time.getUTCMonth() + 1),
  d: (time) => twoDigits(time.getUTCDate()),
  H: (time) => twoDigits(time.getUTCHours()),
  M: (time) => twoDigits(time.getUTCMinutes()),
  S: (time) => twoDigits(time.getUTCSeconds()),
  j: (time) => String(dayOfYear(time)).padStart(3, '0'),
  A: (time) => DAYS[time.getUTCDay()] ?? '',
  a: (time) => (DAYS[time.getUTCDay()] ?? '').slice(0, 3),
  B: (time) => MONTHS[time.getUTCMonth()] ?? '',
  b: (time) => (MONTHS[time.getUTCMonth()] ?? '').slice(0, 3),
  s: (time) => String(unixSeconds(time)),
  '%': () => '%',
}

/** `2026-11-23T05:26:00Z`; seconds since 1970 for `unix`; else as strftime does. */
function formatTime(time: Date, format: unknown): string | number {
  if (format === undefined) return time.toISOString().replace(/\.\d+/, '')
  if (format === 'unix') return unixSeconds(time)
  if (typeof format !== 'string' || !format.includes('%')) {
    throw new FilterError('now', `${shown(format)} is neither 'unix' nor a format like '%Y-%m-%d'`)
  }
  return format.replaceAll(/%(.?)/gs, (whole, letter: string) => {
    const write = Object.hasOwn(timeParts, letter) ? timeParts[letter] : undefined
    if (write === undefined) {
      const known = Object.keys(timeParts).join(' ')
      throw new FilterError('now', `"${whole}" is not known; known are ${known}`)
    }
    return write(time)
  })
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

function unixSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}

function dayOfYear(time: Date): number {
  const start = Date.UTC(time.getUTCFullYear(), 0, 1)
  return Math.floor((time.getTime() - start) / DAY_MS) + 1
}
