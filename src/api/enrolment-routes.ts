import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AdminParts } from './admin-parts.ts'
import type { ApiEnv } from './api-env.ts'
import { missing } from './api-problem.ts'
import type { Changer } from './change.ts'
import { deviceNamed } from './device-routes.ts'
import { by, failures, jsonBody, ok, why } from './route-parts.ts'

/** 30 days. */
const SECONDS_MAX = 2_592_000

const enrolment = z
  .strictObject({
    device: z.string(),
    until: z.int().openapi({ description: 'Milliseconds since 1970' }),
  })
  .openapi('Enrolment', { example: { device: 'desk-7', until: 1_795_000_000_000 } })

const enrolmentBody = z
  .strictObject({ seconds: z.int().min(1).max(SECONDS_MAX) })
  .openapi('EnrolmentBody', { example: { seconds: 3600 } })

const params = z.object({ device: z.string().openapi({ example: 'desk-7' }) })

type Parts = Pick<AdminParts, 'now' | 'opened'>

/** Devices that may have their secrets for a time, wherever they ask from. */
export function addEnrolmentRoutes(app: OpenAPIHono<ApiEnv>, parts: Parts, changer: Changer): void {
  addList(app, parts)
  addEnrol(app, parts, changer)
  addEnd(app, parts, changer)
}

function addList(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/enrolments',
    tags: ['secrets'],
    summary: 'Devices that may have their secrets wherever they are',
    ...by('viewer'),
    responses: { 200: ok('They', z.strictObject({ items: z.array(enrolment) })), ...failures },
  })
  app.openapi(route, async (c) => {
    const { store } = await parts.opened()
    const listed = await store.enrolments.list()
    return c.json({ items: listed.filter(({ until }) => until > parts.now()) }, 200)
  })
}

function addEnrol(app: OpenAPIHono<ApiEnv>, parts: Parts, changer: Changer): void {
  const route = createRoute({
    method: 'put',
    path: '/api/v1/enrolments/{device}',
    tags: ['secrets'],
    summary: 'Let a device have its secrets for a time, wherever it is',
    ...by('editor'),
    request: { params, query: z.object({ why }), body: jsonBody(enrolmentBody) },
    responses: { 200: ok('Until when', enrolment), ...failures },
  })
  app.openapi(route, async (c) => {
    const { live, store } = await parts.opened()
    const { id } = deviceNamed(live, c.req.valid('param').device)
    const until = parts.now() + c.req.valid('json').seconds * 1000
    await store.enrolments.put(id, until)
    const what = `"${id}" enrolled until ${new Date(until).toISOString()}`
    await changer.note(c, what, c.req.valid('query').why)
    return c.json({ device: id, until }, 200)
  })
}

function addEnd(app: OpenAPIHono<ApiEnv>, parts: Parts, changer: Changer): void {
  const route = createRoute({
    method: 'delete',
    path: '/api/v1/enrolments/{device}',
    tags: ['secrets'],
    summary: 'End that early',
    ...by('editor'),
    request: { params, query: z.object({ why }) },
    responses: { 204: { description: 'Ended' }, ...failures },
  })
  app.openapi(route, async (c) => {
    const { store } = await parts.opened()
    const { device } = c.req.valid('param')
    if (!(await store.enrolments.remove(device))) throw missing('enrolment of', device)
    await changer.note(c, `enrolment of "${device}" ended`, c.req.valid('query').why)
    return c.body(null, 204)
  })
}
