import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AdminParts } from './admin-parts.ts'
import type { ApiEnv } from './api-env.ts'
import { by, failures, ok } from './route-parts.ts'

const query = z.object({
  name: z.string().min(1).max(4096).openapi({
    description: 'The name as a device would send it',
    example: '/SEP001122334455.cnf.xml',
  }),
  front: z.enum(['tftp', 'http']).default('tftp'),
  method: z.enum(['GET', 'PUT']).default('GET'),
  address: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1').openapi({
    type: 'string',
    description: 'Address of the device',
    example: '10.0.0.7',
  }),
})

const explanation = z
  .strictObject({
    path: z.string(),
    query: z.string(),
    device: z.strictObject({ id: z.string(), classes: z.array(z.string()) }).optional(),
    routes: z.array(
      z.strictObject({
        route: z.string(),
        source: z.string(),
        origin: z.string(),
        verdict: z.enum(['answers', 'would-run', 'declines', 'not-reached', 'no', 'rewrites']),
        params: z.record(z.string(), z.string()).optional(),
        becomes: z.string().optional(),
        why: z.string().optional(),
      }),
    ),
  })
  .openapi('Explanation', {
    example: {
      path: '/SEP001122334455.cnf.xml',
      query: '',
      device: { id: 'desk-7', classes: ['phones'] },
      routes: [
        {
          route: '/SEP{mac}.cnf.xml',
          source: 'template',
          origin: 'trivet.yaml:2',
          verdict: 'answers',
          params: { mac: '00:11:22:33:44:55' },
        },
      ],
    },
  })

/** Says which route takes a name, and why the others do not. Scripts and handlers do not run. */
export function addExplainRoutes(
  app: OpenAPIHono<ApiEnv>,
  parts: Pick<AdminParts, 'explain'>,
): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/explain',
    tags: ['files'],
    summary: 'Which route takes a name, and why the others do not',
    ...by('viewer'),
    request: { query },
    responses: { 200: ok('What becomes of such a request', explanation), ...failures },
  })
  app.openapi(route, async (c) => {
    const { name, front, method, address: clientAddress } = c.req.valid('query')
    return c.json(await parts.explain({ name, front, method, clientAddress }), 200)
  })
}
