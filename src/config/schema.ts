import { z } from 'zod'
import { clientSchema } from './client-schema.ts'
import { identitySchema } from './identity-from-input.ts'
import { isNetwork } from './network.ts'
import { patternSchema } from './pattern-schema.ts'
import { tlsSchema } from './tls-from-input.ts'
import type { Source } from '../routing/source.ts'
import { cgiOptions } from '../sources/cgi/options.ts'
import { docsisOptions } from '../sources/docsis/options.ts'
import { fastcgiOptions } from '../sources/fastcgi/options.ts'
import { handlerOptions } from '../sources/handler/options.ts'
import { rewriteOptions } from '../sources/rewrite/options.ts'
import { staticOptions } from '../sources/static/options.ts'
import { templateOptions } from '../sources/template/options.ts'
import { uploadsOptions } from '../sources/uploads/options.ts'
import { upstreamOptions } from '../sources/upstream/options.ts'

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
    https: listenList
      .optional()
      .describe(
        'Where to listen for HTTPS, written in the same way; needs `tls`. Default: port 8443 on every address where `tls` is there, else none.',
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
        'Most bytes collected in memory to learn a size for tsize, where a route shares nothing, 0 to 2^32; above it tsize is left out. Default 67108864 (64 MiB).',
      ),
    generatorsMax: z
      .int()
      .min(1)
      .max(10_000)
      .default(256)
      .describe('Files made at the same time, over all routes, 1 to 10000. Default 256.'),
    generatorsWaitingMax: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(20_000)
      .describe(
        'Files that wait for their turn to be made, 0 to 1000000; further requests are told that the server is busy. Default 20000.',
      ),
    renditionBytesMax: z
      .int()
      .min(1)
      .max(2 ** 40)
      .default(2 ** 30)
      .describe(
        'Largest file that is made and shared, in bytes, 1 to 2^40; a route with `share: never` has no limit. Default 1073741824 (1 GiB).',
      ),
    renditionMemoryBytesMax: z
      .int()
      .min(1024 * 1024)
      .max(2 ** 40)
      .default(64 * 1024 * 1024)
      .describe(
        'Memory for renditions that are kept, in bytes, 1048576 to 2^40; those over 1 MiB are on disk and count a sixteenth. Default 67108864 (64 MiB).',
      ),
    renditionsKeptMax: z
      .int()
      .min(1)
      .max(10_000_000)
      .default(100_000)
      .describe('Renditions that are kept, 1 to 10000000. Default 100000.'),
    httpPatienceMs: z
      .int()
      .min(100)
      .max(3_600_000)
      .default(60_000)
      .describe(
        'How long an HTTP client is kept waiting before `whenLate` decides, in milliseconds, 100 to 3600000. Default 60000.',
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

const networks = z
  .array(z.string().refine(isNetwork, 'an address or a network like 10.1.0.0/16 is needed'))
  .max(1000)

const secretsSchema = z
  .strictObject({
    keyFile: z
      .string()
      .min(1)
      .optional()
      .describe('The file with the key. Default: `secret.key` in the folder of the state.'),
    from: networks
      .default([])
      .describe(
        'Networks (`10.1.0.0/16`) whose devices get their secrets, where a route has no `secretsFrom`. Default none.',
      ),
    certificates: z
      .boolean()
      .default(false)
      .describe(
        'Whether a device that has shown its client certificate gets its secrets, wherever it asks from. Default false.',
      ),
  })
  .prefault({})

const methods = z.array(z.enum(['GET', 'PUT'])).min(1)
const fronts = z.array(z.enum(['tftp', 'http'])).min(1)

/** A source option that may be given as a bare string. */
function orText<T extends z.ZodType>(schema: T): z.ZodUnion<[z.ZodString, T]> {
  return z.union([z.string().min(1), schema])
}

/** Options that are written down where a route has them: here each is only checked. */
function checkedBy(schema: z.ZodType): z.ZodRecord<z.ZodString, z.ZodUnknown> {
  return z.record(z.string(), z.unknown()).superRefine((value, context) => {
    for (const { message, path } of schema.safeParse(value).error?.issues ?? []) {
      context.addIssue({ code: 'custom', message, path })
    }
  })
}

const onUploadSchema = z.strictObject({
  cgi: z
    .union([z.string().min(1), checkedBy(cgiOptions)])
    .optional()
    .describe('A script, or options as under `cgi`.'),
  handler: z
    .union([z.string().min(1), z.custom<App>(isApp), checkedBy(handlerOptions)])
    .optional()
    .describe('A module with a fetch function, or options as under `handler`.'),
  upstream: z
    .union([z.string().min(1), checkedBy(upstreamOptions)])
    .optional()
    .describe('An HTTP server: its URL, or options as under `upstream`.'),
})

/**
 * One route as it is written. That exactly one source is there (`static`, `cgi` and so on), and all
 * that needs the disk, is checked by `routes-from-input.ts`.
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
  methods: methods
    .optional()
    .describe('`GET` for reads, `PUT` for uploads. Default [GET]; [PUT] for `uploads`.'),
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
  known: z
    .literal(true)
    .optional()
    .describe('Only for devices of the inventory: `true`. Default: for whoever asks.'),
  class: z
    .string()
    .min(1)
    .optional()
    .describe('Only for devices of this class, or of one that inherits it.'),
  unknown: z
    .string()
    .startsWith('/', 'a path that begins with a slash is needed')
    .optional()
    .describe(
      'With `known` or `class`: the path of the file that other devices get. Default: the next route is tried.',
    ),
  secretsFrom: networks
    .optional()
    .describe(
      'Networks whose devices get their secrets by this route. Default: what `secrets.from` says.',
    ),
  share: z
    .enum(['client', 'device', 'all', 'never'])
    .default('client')
    .describe(
      'Who gets the same rendition: `client` (same address, same front), `device`, `all`, or `never`: each request its own. Default client.',
    ),
  varies: z
    .array(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'no HTTP header is named like this'))
    .max(64)
    .optional()
    .describe(
      'HTTP request headers that the source sees, and that keep renditions apart. Default: all of them; for `device` and `all` those that do not merely describe the HTTP client.',
    ),
  keepLateMs: z
    .int()
    .min(15_000)
    .max(86_400_000)
    .default(900_000)
    .describe(
      'How long a file nobody has fetched whole yet is kept for the device to ask again, in milliseconds, 15000 to 86400000. Default 900000.',
    ),
  whenLate: z
    .enum(['silence', 'stale', 'fallback', 'error'])
    .default('silence')
    .describe(
      'What a client gets that cannot wait longer: `silence` (the file is there when it asks again), `stale` (the last one), `fallback` (another file), `error`. Default silence.',
    ),
  fallback: z
    .string()
    .startsWith('/', 'a path that begins with a slash is needed')
    .optional()
    .describe('With `whenLate: fallback`: the path of the file that is sent instead.'),
  generatorsMax: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe(
      'Files of this route made at the same time, 1 to 10000. Default: as many as `limits.generatorsMax` allows.',
    ),
  profile: z
    .string()
    .optional()
    .describe(
      'The client profile of the devices that ask here, see holds.md. Default: they are recognised.',
    ),
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
  fastcgi: fastcgiOptions.optional().describe('A FastCGI application, PHP-FPM for example.'),
  handler: z
    .union([z.string().min(1), handlerOptions, z.custom<App>(isApp)])
    .optional()
    .describe(
      'A module with a fetch function or a Hono app, or options; in a TypeScript configuration the app itself.',
    ),
  template: orText(templateOptions)
    .optional()
    .describe('Jinja templates: a file, a folder, or options.'),
  docsis: docsisOptions
    .optional()
    .describe(
      'Configuration files of cable modems, see docsis.md: the template of their settings.',
    ),
  upstream: orText(upstreamOptions)
    .optional()
    .describe('An HTTP server that has the files: its URL, or options.'),
  rewrite: rewriteOptions
    .optional()
    .describe('Gives files other names, see rewrite.md: the routes behind it are asked for those.'),
  uploads: orText(uploadsOptions)
    .optional()
    .describe(
      'Keeps what devices write, see uploads.md: the folder that it goes into, or options.',
    ),
  onUpload: onUploadSchema
    .optional()
    .describe('With `uploads`: what is told of each file, by a PUT, once it is kept.'),
})

/** The whole configuration as it is written. */
export const siteSchema = z.strictObject({
  listen: listenSchema.describe('Where to listen.'),
  tls: tlsSchema.optional().describe('How HTTPS is spoken, see https.md. Default: not at all.'),
  values: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Values for templates, as `site`. Default none.'),
  limits: limitsSchema.describe('Limits on what runs at once.'),
  identity: identitySchema.describe('How it is told who asks, see identity.md.'),
  secrets: secretsSchema.describe('Who gets the secrets of devices, and where their key is.'),
  expectedMisses: z
    .array(patternSchema)
    .max(10_000)
    .default([])
    .describe(
      'Patterns of names that devices ask for although they are not there: they are logged at `debug`. Default none, beside those of boot loaders.',
    ),
  clients: z
    .array(clientSchema)
    .max(1000)
    .default([])
    .describe('Client profiles by address; the first that fits counts. Default none.'),
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
