import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AdminParts } from './admin-parts.ts'
import type { ApiEnv } from './api-env.ts'
import { refused } from './api-problem.ts'
import type { Changer } from './change.ts'
import { editList, editsOf } from './edits.ts'
import { revisionSchema } from './revision-routes.ts'
import { by, failures, jsonBody, limit, ok } from './route-parts.ts'

type Parts = Pick<AdminParts, 'impact'>

const changeBody = z
  .strictObject({
    edits: editList,
    why: z.string().max(1000).optional(),
    seenRevision: z.int().min(0).optional().openapi({
      description: 'The revision that the author saw: a record changed after it is a conflict',
    }),
  })
  .openapi('Change', {
    example: {
      edits: [{ kind: 'class', key: 'base', after: { values: { ntp: '10.0.0.9' } } }],
      why: 'new time server',
    },
  })

const impactReport = z
  .strictObject({
    count: z.int().openapi({ description: 'Of all devices whose values would change' }),
    devices: z.array(
      z.strictObject({
        device: z.string(),
        changes: z.array(
          z.strictObject({
            path: z.string(),
            before: z.unknown().optional(),
            after: z.unknown().optional(),
          }),
        ),
        problem: z.unknown().optional(),
      }),
    ),
    filesCompared: z.int().openapi({
      description: 'Files that were made twice, of those that devices are known to ask for',
    }),
    filesLeft: z.int().openapi({ description: 'Not compared, because there were too many' }),
    files: z.array(
      z.strictObject({
        device: z.string(),
        path: z.string(),
        kind: z.enum(['changes', 'varies', 'breaks', 'appears']),
        diff: z.string().optional(),
      }),
    ),
  })
  .openapi('Impact', {
    example: {
      count: 1,
      devices: [
        {
          device: 'desk-7',
          changes: [{ path: '/ntp', before: '10.0.0.1', after: '10.0.0.9' }],
        },
      ],
      filesCompared: 1,
      filesLeft: 0,
      files: [
        {
          device: 'desk-7',
          path: '/SEP001122334455.cnf.xml',
          kind: 'changes',
          diff: '-ntp 10.0.0.1\n+ntp 10.0.0.9\n',
        },
      ],
    },
  })

/** Several edits at once: what they would do, and to make them. */
export function addChangeRoutes(app: OpenAPIHono<ApiEnv>, parts: Parts, changer: Changer): void {
  addImpact(app, parts, changer)
  addChange(app, changer)
}

function addImpact(app: OpenAPIHono<ApiEnv>, parts: Parts, changer: Changer): void {
  const route = createRoute({
    method: 'post',
    path: '/api/v1/impact',
    tags: ['changes'],
    summary: 'Say what a change would do, and make none',
    ...by('viewer'),
    request: {
      query: z.object({ limit }),
      body: jsonBody(z.strictObject({ edits: editList })),
    },
    responses: { 200: ok('Devices whose values would change', impactReport), ...failures },
  })
  app.openapi(route, async (c) => {
    const { edits } = c.req.valid('json')
    const { problems, devices, files } = await parts.impact(editsOf(edits, await changer.live()))
    if (problems.length > 0) throw refused(problems)
    const listed = devices.slice(0, c.req.valid('query').limit)
    const report = {
      count: devices.length,
      devices: listed,
      filesCompared: files.compared,
      filesLeft: files.left,
      files: files.files.map(({ device, path, kind, diff }) => {
        return { device, path, kind, ...(diff === undefined ? {} : { diff }) }
      }),
    }
    return c.json(report, 200)
  })
}

function addChange(app: OpenAPIHono<ApiEnv>, changer: Changer): void {
  const route = createRoute({
    method: 'post',
    path: '/api/v1/changes',
    tags: ['changes'],
    summary: 'Change several records at once, or none of them',
    ...by('editor'),
    request: { body: jsonBody(changeBody) },
    responses: { 201: ok('The revision that it made', revisionSchema), ...failures },
  })
  app.openapi(route, async (c) => {
    const { edits, why, seenRevision } = c.req.valid('json')
    const made = editsOf(edits, await changer.live())
    return c.json(await changer.apply(c, { edits: made, why, seenRevision }), 201)
  })
}
