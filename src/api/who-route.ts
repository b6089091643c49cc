import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { ApiEnv } from './api-env.ts'
import { roles } from './principal.ts'
import { by, failures, ok } from './route-parts.ts'

const whoSchema = z
  .strictObject({ who: z.string(), role: z.enum(roles), version: z.string() })
  .openapi('Who', { example: { who: 'grafana', role: 'viewer', version: '0.1.0' } })

/** Who asks, as the server sees it: whether a token works, and for what. */
export function addWhoRoute(app: OpenAPIHono<ApiEnv>, version: string): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/whoami',
    tags: ['tokens'],
    summary: 'Who I am, and what I may do',
    ...by('viewer'),
    responses: { 200: ok('You', whoSchema), ...failures },
  })
  app.openapi(route, (c) => c.json({ ...c.get('principal'), version }, 200))
}
