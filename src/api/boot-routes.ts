import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { type Boot, foldBoots } from '../observe/fold-boots.ts'
import type { AdminParts } from './admin-parts.ts'
import type { ApiEnv } from './api-env.ts'
import type { JournalFeed } from './journal-feed.ts'
import { by, failures, limit, ok } from './route-parts.ts'

const front = z.enum(['tftp', 'http'])
const count = z.int().min(0)

const step = z
  .strictObject({
    afterMs: z.number().openapi({ description: 'When it was asked, in ms since the boot began' }),
    front,
    method: z.string(),
    path: z.string(),
    outcome: z.string().openapi({ description: 'As in docs/journal.md' }),
    isExpected: z.literal(true).optional(),
    times: z.int().min(2).optional().openapi({ description: 'How often in a row; absent: once' }),
    bytes: count,
    durationMs: z.number().min(0),
    detail: z.string().optional(),
  })
  .openapi('BootStep')

const boot = z
  .strictObject({
    at: z.string(),
    client: z.string().openapi({ description: 'The address that asked first' }),
    device: z.string().optional(),
    durationMs: count,
    isOver: z.boolean().openapi({ description: 'False: silent for less than 30 s, it may go on' }),
    isCut: z
      .literal(true)
      .optional()
      .openapi({ description: 'It may have begun before what is kept' }),
    requestCount: count,
    missedCount: count,
    expectedCount: count.openapi({ description: 'Of the missed names, those that are expected' }),
    gotCount: count,
    troubleCount: count.openapi({ description: 'Failed, refused, aborted, timed out' }),
    repeats: count,
    bytes: count,
    search: z
      .strictObject({ missedCount: count, got: z.string().optional() })
      .optional()
      .openapi({ description: 'Its longest search: names in vain, and the one that it got' }),
    endedWith: z.string(),
    steps: z.array(step).max(64),
    requestsLeft: count.openapi({ description: 'Requests after the 64 steps that are told' }),
  })
  .openapi('Boot', {
    description: 'What a client asked for, from its first request to its silence',
  })

const query = z.object({
  device: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .openapi({ description: 'Id of a device, or an address', example: 'phone-1' }),
  limit,
})

type Parts = Pick<AdminParts, 'feed' | 'now'>

/** How devices found their files. */
export function addBootRoutes(app: OpenAPIHono<ApiEnv>, { feed, now }: Parts): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/boots',
    tags: ['journal'],
    summary: 'How devices found their files, of the latest 1000 requests; the latest boot first',
    ...by('viewer'),
    request: { query },
    responses: { 200: ok('They', z.strictObject({ items: z.array(boot) })), ...failures },
  })
  app.openapi(route, (c) => {
    const { device, limit: most } = c.req.valid('query')
    const items = keptBoots(feed, now()).filter((one) => isOf(one, device))
    return c.json({ items: items.slice(0, most) }, 200)
  })
}

function keptBoots(feed: JournalFeed, nowMs: number): readonly Boot[] {
  const kept = feed.latest(Number.POSITIVE_INFINITY)
  const oldest = kept.at(-1)
  const isAll = oldest === undefined || oldest.number === 1
  const since = isAll ? {} : { sinceMs: Date.parse(oldest.entry.at) }
  return foldBoots(
    kept.map(({ entry }) => entry),
    { nowMs, ...since },
  )
}

function isOf({ client, device }: Boot, who: string | undefined): boolean {
  return who === undefined || client === who || device === who
}
