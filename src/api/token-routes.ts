import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { isTokenLabel, newAccessToken, shownToken } from '../store/access-token.ts'
import type { AdminParts } from './admin-parts.ts'
import type { ApiEnv } from './api-env.ts'
import { ApiProblem, missing } from './api-problem.ts'
import type { Authenticator } from './authenticate.ts'
import type { Changer } from './change.ts'
import { roles } from './principal.ts'
import { by, failures, jsonBody, ok } from './route-parts.ts'

/** Tokens of one inventory: each request is compared with all of them. */
const TOKENS_MAX = 1000

const tokenFields = {
  id: z.string(),
  label: z.string(),
  role: z.enum(roles),
  createdAt: z.int().openapi({ description: 'Milliseconds since 1970' }),
}

const example = {
  id: '0a1b2c3d4e5f',
  label: 'grafana',
  role: 'viewer' as const,
  createdAt: 1_795_000_000_000,
}

const tokenSchema = z.strictObject(tokenFields).openapi('Token', { example })

const newToken = z
  .strictObject({
    ...tokenFields,
    token: z.string().openapi({ description: 'Shown this once; only its hash is kept' }),
  })
  .openapi('NewToken', { example: { ...example, token: `trivet_${'x'.repeat(43)}` } })

const tokenBody = z
  .strictObject({
    label: z.string().refine(isTokenLabel, '1 to 64 printable characters are needed'),
    role: z.enum(roles),
  })
  .openapi('TokenBody', { example: { label: 'grafana', role: 'viewer' } })

/** What the routes of tokens need. */
interface TokenRouteParts {
  readonly parts: Pick<AdminParts, 'now' | 'opened'>
  readonly changer: Changer
  readonly authenticator: Authenticator
}

/** Who may use the administration. */
export function addTokenRoutes(app: OpenAPIHono<ApiEnv>, all: TokenRouteParts): void {
  addList(app, all)
  addMake(app, all)
  addRemove(app, all)
}

function addList(app: OpenAPIHono<ApiEnv>, { parts }: TokenRouteParts): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/tokens',
    tags: ['tokens'],
    summary: 'Who may use the administration',
    ...by('administrator'),
    responses: { 200: ok('Tokens', z.strictObject({ items: z.array(tokenSchema) })), ...failures },
  })
  app.openapi(route, async (c) => {
    const { store } = await parts.opened()
    const items = (await store.tokens.list()).map(shownToken)
    return c.json({ items }, 200)
  })
}

function addMake(
  app: OpenAPIHono<ApiEnv>,
  { parts, changer, authenticator }: TokenRouteParts,
): void {
  const route = createRoute({
    method: 'post',
    path: '/api/v1/tokens',
    tags: ['tokens'],
    summary: 'Make a token; it is shown this once',
    ...by('administrator'),
    request: { body: jsonBody(tokenBody) },
    responses: { 201: ok('The token', newToken), ...failures },
  })
  app.openapi(route, async (c) => {
    const { store } = await parts.opened()
    if ((await store.tokens.list()).length >= TOKENS_MAX) {
      throw new ApiProblem(409, 'TOO_MANY_TOKENS', `There are ${TOKENS_MAX} tokens: remove one`)
    }
    const { stored, token } = newAccessToken(c.req.valid('json'), parts.now())
    await store.tokens.add(stored)
    authenticator.forget()
    await changer.note(c, `token "${stored.label}" (${stored.role}) made`, undefined)
    return c.json({ ...shownToken(stored), token }, 201)
  })
}

function addRemove(
  app: OpenAPIHono<ApiEnv>,
  { parts, changer, authenticator }: TokenRouteParts,
): void {
  const route = createRoute({
    method: 'delete',
    path: '/api/v1/tokens/{id}',
    tags: ['tokens'],
    summary: 'Remove a token: it is refused from now on',
    ...by('administrator'),
    request: { params: z.object({ id: z.string().openapi({ example: example.id }) }) },
    responses: { 204: { description: 'Removed' }, ...failures },
  })
  app.openapi(route, async (c) => {
    const { store } = await parts.opened()
    const { id } = c.req.valid('param')
    if (!(await store.tokens.remove(id))) throw missing('token', id)
    authenticator.forget()
    await changer.note(c, `token ${id} removed`, undefined)
    return c.body(null, 204)
  })
}
