import { z } from 'zod'
import { isHostEntry } from './allowed-hosts.ts'
import { headerNameProblem, passedNameProblem } from './header-names.ts'
import { parseUrlTemplate, urlTemplateProblem } from './url-template.ts'

const url = z
  .union([z.string(), z.array(z.string()).min(1).max(16)])
  .superRefine((given, context) => {
    for (const [index, text] of listOf(given).entries()) {
      const message = urlTemplateProblem(text)
      const path = typeof given === 'string' ? [] : [index]
      if (message !== undefined) context.addIssue({ code: 'custom', message, path })
    }
  })

function headerName(problemOf: (name: string) => string | undefined): z.ZodString {
  return z.string().superRefine((name, context) => {
    const problem = problemOf(name)
    if (problem !== undefined) context.addIssue(problem)
  })
}

/** What `upstream:` takes in a route. A bare string is the URL. */
export const upstreamOptions = z
  .strictObject({
    url: url.describe(
      'URL of the file, with placeholders: `{mac}` (`{mac:bare}`) and whatever else the pattern captures, `{path}`, `{query}`. Or a list of up to 16: the next is asked when one fails.',
    ),
    hosts: z
      .array(
        z.string().refine(isHostEntry, 'a host like files.example:8080 or *.example is needed'),
      )
      .max(1000)
      .default([])
      .describe(
        'Other hosts that may be asked, `files.example`, `10.0.0.5:8080` or `*.example`: for redirects, and needed where the host in `url` has a placeholder. Default none.',
      ),
    tell: z
      .array(z.enum(['forwarded', 'x-tftp', 'x-trivet']))
      .default(['forwarded', 'x-tftp', 'x-trivet'])
      .describe('Headers that say who asks: `forwarded`, `x-tftp`, `x-trivet`. Default all three.'),
    headers: z
      .record(
        headerName(headerNameProblem),
        z.string().regex(/^[\t\u0020-\u007e]*$/, 'printable ASCII is needed'),
      )
      .default({})
      .describe('Further headers, credentials for example. Default none.'),
    pass: z
      .array(headerName(passedNameProblem))
      .max(64)
      .default(['accept', 'accept-language', 'content-type', 'user-agent'])
      .describe(
        'Headers of HTTP clients that are passed on. Default accept, accept-language, content-type, user-agent.',
      ),
    notFound: z
      .enum(['refuse', 'decline'])
      .default('refuse')
      .describe(
        'What 404 and 410 mean: `refuse` (there is no such file) or `decline` (the next route is tried). Default refuse.',
      ),
    redirects: z
      .int()
      .min(0)
      .max(10)
      .default(0)
      .describe(
        'Most redirects that are followed, to the hosts of `url` and `hosts` only, 0 to 10. Default 0.',
      ),
    endByClose: z
      .boolean()
      .default(false)
      .describe(
        'Take answers that have neither Content-Length nor chunks, and end when the connection does: a part looks like the whole. Default false.',
      ),
    outputBytesMax: z
      .int()
      .min(1)
      .max(2 ** 40)
      .default(256 * 1024 * 1024)
      .describe('Most bytes of an answer, 1 to 2^40. Default 268435456 (256 MiB).'),
    revalidateBytesMax: z
      .int()
      .min(0)
      .max(2 ** 32)
      .default(16 * 1024 * 1024)
      .describe(
        'Memory for answers with an ETag or a date, so that 304 is enough the next time, in bytes, 0 to 2^32. Default 16777216 (16 MiB).',
      ),
    connectMs: z
      .int()
      .min(1)
      .max(60_000)
      .default(5000)
      .describe(
        'How long a connection may take to be there, TLS included, in milliseconds, 1 to 60000. Default 5000.',
      ),
    headersMs: z
      .int()
      .min(1)
      .max(3_600_000)
      .default(30_000)
      .describe(
        'How long the beginning of an answer may take, in milliseconds, 1 to 3600000. Default 30000.',
      ),
    bodyMs: z
      .int()
      .min(1)
      .max(3_600_000)
      .default(30_000)
      .describe('Longest pause within an answer, in milliseconds, 1 to 3600000. Default 30000.'),
    connectionsMax: z
      .int()
      .min(1)
      .max(10_000)
      .default(32)
      .describe('Most requests of this route at once, 1 to 10000; more wait. Default 32.'),
    waitingMax: z
      .int()
      .min(0)
      .max(100_000)
      .default(1000)
      .describe(
        'Most requests that wait for a free connection, 0 to 100000; more are refused as busy. Default 1000.',
      ),
    idleMs: z
      .int()
      .min(1)
      .max(3_600_000)
      .default(4000)
      .describe(
        'How long a connection is kept for the next request, in milliseconds, 1 to 3600000. Default 4000.',
      ),
    failuresMax: z
      .int()
      .min(1)
      .max(1000)
      .default(3)
      .describe(
        'Failures in a row after which an upstream is asked last for a while, 1 to 1000. Default 3.',
      ),
    openMs: z
      .int()
      .min(1)
      .max(3_600_000)
      .default(10_000)
      .describe('How long that while is, in milliseconds, 1 to 3600000. Default 10000.'),
    health: z
      .string()
      .regex(/^\/(?!\/)[\u0021-\u007e]*$/, 'a path that begins with a slash is needed')
      .optional()
      .describe(
        'Path that is asked of each upstream now and then, to see whether it works. Default none.',
      ),
    healthIntervalMs: z
      .int()
      .min(100)
      .max(3_600_000)
      .default(10_000)
      .describe('How often, in milliseconds, 100 to 3600000. Default 10000.'),
    caFile: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Certificates (PEM) that an https upstream is trusted by, relative to the configuration. Default: those that Node.js brings.',
      ),
  })
  .superRefine(({ url: given, hosts, health }, context) => {
    const open = listOf(given).find(
      (text) => urlTemplateProblem(text) === undefined && isOpen(text),
    )
    if (open !== undefined && hosts.length === 0) {
      const message = 'give `hosts`: the host has a placeholder'
      context.addIssue({ code: 'custom', message, path: ['url'] })
    }
    if (open !== undefined && health !== undefined) {
      const message = 'leave it out: the host in `url` has a placeholder'
      context.addIssue({ code: 'custom', message, path: ['health'] })
    }
  })

export type UpstreamOptions = z.output<typeof upstreamOptions>

/** The URLs as a list, as parsed templates need them. */
export function listOf(given: string | readonly string[]): readonly string[] {
  return typeof given === 'string' ? [given] : given
}

function isOpen(text: string): boolean {
  return parseUrlTemplate(text).origin === undefined
}

/** What stands behind a route, for people: without queries, which may hold a key. */
export function upstreamLabel({ url: given }: UpstreamOptions): string {
  return listOf(given)
    .map((text) => parseUrlTemplate(text).label)
    .join(', ')
}

/** A placeholder that the route's pattern does not capture; undefined when all are. */
export function unknownPlaceholder(
  { url: given }: UpstreamOptions,
  captured: readonly string[],
): string | undefined {
  const names = listOf(given).flatMap((text) => parseUrlTemplate(text).placeholders)
  return names.find((name) => !captured.includes(name))
}
