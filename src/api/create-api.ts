import { OpenAPIHono, type z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { AdminParts } from './admin-parts.ts'
import type { ApiEnv } from './api-env.ts'
import { ApiProblem, problemOf, refused } from './api-problem.ts'
import { Authenticator } from './authenticate.ts'
import { addBootRoutes } from './boot-routes.ts'
import { addChangeRoutes } from './change-routes.ts'
import { Changer } from './change.ts'
import { addDeviceRoutes } from './device-routes.ts'
import { addDhcpEventRoutes } from './dhcp-event-routes.ts'
import { addEnrolmentRoutes } from './enrolment-routes.ts'
import { addExplainRoutes } from './explain-routes.ts'
import { addInboxRoutes } from './inbox-routes.ts'
import { addJournalRoutes } from './journal-routes.ts'
import { addRecordRoutes } from './record-routes.ts'
import { addReferenceRoutes } from './reference-routes.ts'
import { addRevisionRoutes } from './revision-routes.ts'
import { checkSameSite } from './same-site.ts'
import { addSecretRoutes } from './secret-routes.ts'
import { addTextRoutes } from './text-routes.ts'
import { addTokenRoutes } from './token-routes.ts'
import { addWhoRoute } from './who-route.ts'

/** Of one request. */
const BODY_BYTES_MAX = 64 * 1024 * 1024

/** What is served without a token: the document and the page that shows it. */
const openPaths = /^\/api\/v1\/(?:openapi\.json|reference(?:\/[^/]*)?)$/

/** The administration over HTTP, below `/api/v1`; its document is `/api/v1/openapi.json`. */
export function createApi(parts: AdminParts): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>({ defaultHook: refuseWrong })
  const authenticator = new Authenticator(parts)
  const changer = new Changer(parts)
  answerFailures(app, parts)
  guard(app, authenticator)
  addWhoRoute(app, parts.version)
  addRecordRoutes(app, changer)
  addDeviceRoutes(app, parts)
  addExplainRoutes(app, parts)
  addChangeRoutes(app, parts, changer)
  addRevisionRoutes(app, parts, changer)
  addInboxRoutes(app, parts, changer)
  addSecretRoutes(app, parts, changer)
  addEnrolmentRoutes(app, parts, changer)
  addDhcpEventRoutes(app, parts)
  addTokenRoutes(app, { parts, changer, authenticator })
  addTextRoutes(app, parts)
  addJournalRoutes(app, parts.feed)
  addBootRoutes(app, parts)
  addReferenceRoutes(app, parts.version)
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
  })
  return app
}

function answerFailures(app: OpenAPIHono<ApiEnv>, parts: Pick<AdminParts, 'onFailure'>): void {
  app.notFound((c) => {
    const detail = `There is no ${c.req.method} ${c.req.path}: see /api/v1/openapi.json`
    return new ApiProblem(404, 'NOT_FOUND', detail).toResponse()
  })
  app.onError((error) => {
    const problem = problemOf(error)
    if (problem !== undefined) return problem.toResponse()
    parts.onFailure(error)
    return new ApiProblem(500, 'INTERNAL', 'Internal error: the log has the reason').toResponse()
  })
}

/** In this order, so that nothing is read of who may not come in. */
function guard(app: OpenAPIHono<ApiEnv>, authenticator: Authenticator): void {
  app.use(async (c, next) => {
    checkSameSite(c.req.raw.headers, c.env.entrance)
    if (!openPaths.test(c.req.path)) c.set('principal', await authenticator.principalOf(c))
    checkMediaType(c)
    await next()
    c.header('x-content-type-options', 'nosniff')
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
  })
  const detail = `The body is over ${BODY_BYTES_MAX / 2 ** 20} MiB`
  app.use(
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: () => new ApiProblem(413, 'TOO_LARGE', detail).toResponse(),
    }),
  )
}

/** A form that a page of somebody else sends is no JSON: browsers ask before they send that. */
function checkMediaType(c: Context<ApiEnv>): void {
  if (!['POST', 'PUT', 'PATCH'].includes(c.req.method) || c.req.raw.body === null) return
  const found = c.req.header('content-type') ?? ''
  const isText = c.req.path === '/api/v1/import'
  const allowed = isText
    ? /^(?:application|text)\/(?:x-)?yaml\b|^text\/plain\b/i
    : /^application\/(?:merge-patch\+)?json\b/i
  if (allowed.test(found)) return
  const wanted = isText ? 'application/yaml' : 'application/json'
  throw new ApiProblem(
    415,
    'MEDIA_TYPE_WRONG',
    `Found Content-Type "${found}", ${wanted} is needed`,
  )
}

type HookResult =
  | { readonly success: true }
  | { readonly success: false; readonly error: z.ZodError; readonly target: string }

/** Everything that is wrong with a query or a body, each with its place. */
function refuseWrong(result: HookResult): void {
  if (result.success) return
  const { target } = result
  const code = target === 'query' ? 'QUERY_WRONG' : 'BODY_WRONG'
  throw refused(
    result.error.issues.map(({ message, path }) => {
      const pointer = path.map((step) => `/${String(step)}`).join('')
      const where =
        target === 'json' ? `body ${pointer}`.trimEnd() : `${target} ${pointer.slice(1)}`
      return { code, message: `${where}: ${message}`, path: pointer }
    }),
  )
}
