import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { ApiEnv } from './api-env.ts'
import { ApiProblem } from './api-problem.ts'
import type { FedEntry, JournalFeed, JournalSubscription } from './journal-feed.ts'
import { by, failures, limit, ok } from './route-parts.ts'

/** Proxies let go of what is silent for a minute; this is well below. */
const HEART_BEAT_MS = 15_000

const entry = z
  .looseObject({ id: z.string(), path: z.string(), outcome: z.string() })
  .openapi('JournalEntry', {
    description: 'One request and how it ended: the fields of docs/journal.md',
    example: { id: 'k3f9x-42', path: '/boot.cfg', outcome: 'delivered' },
  })

/** What happens, as it happens. */
export function addJournalRoutes(app: OpenAPIHono<ApiEnv>, feed: JournalFeed): void {
  addLatest(app, feed)
  addStream(app, feed)
}

function addLatest(app: OpenAPIHono<ApiEnv>, feed: JournalFeed): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/journal',
    tags: ['journal'],
    summary: 'The latest requests of devices, the newest first; at most 1000 are kept',
    ...by('viewer'),
    request: { query: z.object({ limit }) },
    responses: { 200: ok('They', z.strictObject({ items: z.array(entry) })), ...failures },
  })
  app.openapi(route, (c) => {
    const items = feed.latest(c.req.valid('query').limit).map((fed) => fed.entry)
    return c.json({ items }, 200)
  })
}

function addStream(app: OpenAPIHono<ApiEnv>, feed: JournalFeed): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/journal/stream',
    tags: ['journal'],
    summary: 'Requests of devices as they end: Server-Sent Events, resumed by Last-Event-ID',
    ...by('viewer'),
    responses: {
      200: {
        description: 'Events `request` with an entry, and `lost` with how many were left out',
        content: { 'text/event-stream': { schema: z.string() } },
      },
      ...failures,
    },
  })
  app.openapi(route, (c) => {
    // Nobody would read the stream, nor ever end it.
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' })
    const after = resumedAfter(c.req.header('last-event-id'), feed.run)
    const subscription = feed.subscribe(after)
    if (subscription === undefined) {
      throw new ApiProblem(503, 'TOO_MANY_WATCHERS', 'Too many watch the journal already')
    }
    c.header('cache-control', 'no-store')
    // nginx would hold events back otherwise.
    c.header('x-accel-buffering', 'no')
    return streamSSE(c, (stream) => send(stream, subscription, feed.run))
  })
}

async function send(
  stream: SSEStreamingApi,
  subscription: JournalSubscription,
  run: string,
): Promise<void> {
  stream.onAbort(() => subscription.close())
  // Headers leave at once: who watches knows that it does.
  await stream.write(': watching\n\n')
  while (!subscription.isClosed) {
    await subscription.wait(HEART_BEAT_MS)
    const { entries, lostCount } = subscription.drain()
    if (lostCount > 0) {
      await stream.writeSSE({ event: 'lost', data: JSON.stringify({ count: lostCount }) })
    }
    for (const fed of entries) await stream.writeSSE(eventOf(fed, run))
    if (entries.length === 0 && !subscription.isClosed) await stream.write(': alive\n\n')
  }
}

function eventOf({ number, entry: one }: FedEntry, run: string) {
  return { id: `${run}-${number}`, event: 'request', data: JSON.stringify(one) }
}

/** The number behind which to go on; of another run of the server everything is new. */
function resumedAfter(lastEventId: string | undefined, run: string): number | undefined {
  const [, ofRun, number] = /^([0-9a-z]+)-(\d{1,15})$/.exec(lastEventId ?? '') ?? []
  if (number === undefined) return undefined
  return ofRun === run ? Number(number) : 0
}
