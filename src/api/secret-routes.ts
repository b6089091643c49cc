import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AdminParts } from './admin-parts.ts'
import type { ApiEnv } from './api-env.ts'
import { missing } from './api-problem.ts'
import type { Changer } from './change.ts'
import { by, failures, jsonBody, ok, why } from './route-parts.ts'

const secretName = z
  .strictObject({
    name: z.string(),
    at: z.int().openapi({ description: 'When it was set, milliseconds since 1970' }),
    keyId: z.string().openapi({ description: 'Of the key that it is encrypted with' }),
    problem: z.string().optional().openapi({ description: 'Why it cannot be read' }),
  })
  .openapi('SecretName', {
    example: { name: 'sip/4007', at: 1_795_000_000_000, keyId: 'a1b2c3d4' },
  })

const params = z.object({
  name: z.string().openapi({ description: 'A / in it is sent as %2F', example: 'sip%2F4007' }),
})

type Parts = Pick<AdminParts, 'now' | 'opened'>

/** Secrets: their names, to set one, to remove one. Nothing answers with a secret. */
export function addSecretRoutes(app: OpenAPIHono<ApiEnv>, parts: Parts, changer: Changer): void {
  addList(app, parts)
  addSet(app, parts, changer)
  addRemove(app, parts, changer)
}

function addList(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/secrets',
    tags: ['secrets'],
    summary: 'Names of secrets',
    ...by('viewer'),
    responses: {
      200: ok('Names, never secrets', z.strictObject({ items: z.array(secretName) })),
      ...failures,
    },
  })
  app.openapi(route, async (c) => {
    const { secrets } = await parts.opened()
    const items = secrets.list().map(({ name, at, keyId, problem }) => ({
      name,
      at,
      keyId,
      problem,
    }))
    return c.json({ items }, 200)
  })
}

function addSet(app: OpenAPIHono<ApiEnv>, parts: Parts, changer: Changer): void {
  const body = z
    .strictObject({ text: z.string().min(1) })
    .openapi('Secret', { example: { text: 'correct horse' } })
  const route = createRoute({
    method: 'put',
    path: '/api/v1/secrets/{name}',
    tags: ['secrets'],
    summary: 'Set a secret; it is encrypted, and never answered',
    ...by('editor'),
    request: { params, query: z.object({ why }), body: jsonBody(body) },
    responses: { 204: { description: 'Set' }, ...failures },
  })
  app.openapi(route, async (c) => {
    const { secrets } = await parts.opened()
    const { name } = c.req.valid('param')
    await secrets.set(name, c.req.valid('json').text, parts.now())
    await changer.note(c, `secret "${name}" set`, c.req.valid('query').why)
    return c.body(null, 204)
  })
}

function addRemove(app: OpenAPIHono<ApiEnv>, parts: Parts, changer: Changer): void {
  const route = createRoute({
    method: 'delete',
    path: '/api/v1/secrets/{name}',
    tags: ['secrets'],
    summary: 'Remove a secret',
    ...by('editor'),
    request: { params, query: z.object({ why }) },
    responses: { 204: { description: 'Removed' }, ...failures },
  })
  app.openapi(route, async (c) => {
    const { secrets } = await parts.opened()
    const { name } = c.req.valid('param')
    if (!(await secrets.remove(name))) throw missing('secret', name)
    await changer.note(c, `secret "${name}" removed`, c.req.valid('query').why)
    return c.body(null, 204)
  })
}
