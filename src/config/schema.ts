import { z } from 'zod'
import type { Source } from '../routing/source.ts'
import { cgiOptions } from '../sources/cgi/options.ts'
import { handlerOptions } from '../sources/handler/options.ts'
import { staticOptions } from '../sources/static/options.ts'
import { templateOptions } from '../sources/template/options.ts'

/** A bare port is a number in YAML. */
const listenOne = z.union([z.string(), z.int().min(0).max(65_535)])
const listenList = z.union([listenOne, z.array(listenOne).max(64)])

/** A fetch function, or an object that has one: a Hono app. */
export type App = Source | { readonly fetch: Source }

const listenSchema = z
  .strictObject({
    tftp: listenList
      .optional()
      .describe(
        'Where to listen for TFTP: `address:port`, an address, a port, or a list of up to 64. Default: port 69 on every address.',
      ),
    http: listenList
      .optional()
      .describe(
        'Where to listen for HTTP, written in the same way; an empty list for none. Default: port 8069 on every address.',
      ),
    singlePort: z
      .boolean()
      .default(false)
      .describe(
        'Answer every transfer from the port that was asked: for NAT, containers, Kubernetes. Default false.',
      ),
    transferPorts: z
      .int()
      .min(1)
      .max(1024)
      .default(16)
      .describe('Server ports that transfers run on, per local address, 1 to 1024. Default 16.'),
  })
  .prefault({})

const limitsSchema = z
  .strictObject({
    transfersMax: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(20_000)
      .describe(
        'TFTP transfers at once, 1 to 1000000; further requests are dropped, the device asks again. Default 20000.',
      ),
    transfersPerAddressMax: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1000)
      .describe('TFTP transfers at once for one client address, 1 to 1000000. Default 1000.'),
    windowBlocksMax: z
      .int()
      .min(1)
      .max(64)
      .default(64)
      .describe('Largest windowsize that is acknowledged, in blocks, 1 to 64. Default 64.'),
    collectBytesMax: z
      .int()
      .min(0)
      .max(2 ** 32)
      .default(64 * 1024 * 1024)
      .describe(
        'Most bytes collected in memory to learn a size for tsize, 0 to 2^32; above it tsize is left out. Default 67108864 (64 MiB).',
      ),
  })
  .prefault({})

const logSchema = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('Least level of the log lines: debug, info, warn, error. Default info.'),
  })
  .prefault({})

const methods = z.array(z.enum(['GET', 'PUT'])).min(1)
const fronts = z.array(z.enum(['tftp', 'http'])).min(1)

/** A source option that may be given as a bare string. */
function orText<T extends z.ZodType>(schema: T): z.ZodUnion<[z.ZodString, T]> {
  return z.union([z.string().min(1), schema])
}

/**
 * One route as it is written. That exactly one of `static`, `cgi`, `handler` and `template` is
 * there, and all that needs the disk, is checked by `routes-from-input.ts`.
 */
export const routeSchema = z.strictObject({
  match: z
    .string()
    .min(1)
    .describe(
      'Which names: a pattern (`/SEP{mac}.cnf.xml`), or a regular expression with named groups behind a tilde.',
    ),
  name: z
    .string()
    .min(1)
    .optional()
    .describe('Name in journal and log, unique. Default: the pattern.'),
  methods: methods.default(['GET']).describe('`GET` for reads, `PUT` for uploads. Default [GET].'),
  fronts: fronts
    .default(['tftp', 'http'])
    .describe('By which fronts: `tftp`, `http`. Default both.'),
  deadlineMs: z
    .int()
    .min(1)
    .max(3_600_000)
    .default(120_000)
    .describe(
      'Longest time the source may keep a device waiting, in milliseconds, 1 to 3600000. Default 120000.',
    ),
  uploadBytesMax: z
    .int()
    .min(1)
    .max(2 ** 40)
    .default(16 * 1024 * 1024)
    .describe('Largest upload, in bytes, 1 to 2^40. Default 16777216 (16 MiB).'),
  blockBytesMax: z
    .int()
    .min(8)
    .max(65_464)
    .optional()
    .describe('Largest TFTP block, in bytes, 8 to 65464. Default: what the path carries.'),
  static: orText(staticOptions)
    .optional()
    .describe('Files as they are: a folder, a file, or options.'),
  cgi: orText(cgiOptions).optional().describe('Scripts: a folder, an executable, or options.'),
  handler: z
    .union([z.string().min(1), handlerOptions, z.custom<App>(isApp)])
    .optional()
    .describe(
      'A module with a fetch function or a Hono app, or options; in a TypeScript configuration the app itself.',
    ),
  template: orText(templateOptions)
    .optional()
    .describe('Jinja templates: a file, a folder, or options.'),
})

/** The whole configuration as it is written. */
export const siteSchema = z.strictObject({
  listen: listenSchema.describe('Where to listen.'),
  values: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Values for templates, as `site`. Default none.'),
  limits: limitsSchema.describe('Limits on what runs at once.'),
  log: logSchema.describe('What is logged.'),
  routes: z
    .array(routeSchema)
    .min(1)
    .max(10_000)
    .describe('Tried in order; the first that has the file answers.'),
})

/** What users write. */
export type SiteInput = z.input<typeof siteSchema>
/** A route with defaults filled in. */
export type RouteOutput = z.output<typeof routeSchema>

export function isApp(value: unknown): value is App {
  if (typeof value === 'function') return true
  return (
    typeof value === 'object' &&
    value !== null &&
    'fetch' in value &&
    typeof value.fetch === 'function'
  )
}
