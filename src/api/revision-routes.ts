import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { LiveInventory } from '../store/live-inventory.ts'
import type { Edit, RevisionQuery, RevisionWithEdits } from '../store/store.ts'
import type { AdminParts } from './admin-parts.ts'
import type { ApiEnv } from './api-env.ts'
import { ApiProblem, missing } from './api-problem.ts'
import type { Changer } from './change.ts'
import { by, failures, limit, ok, why } from './route-parts.ts'

const revisionFields = {
  number: z.int().openapi({ description: 'From 1, without gaps' }),
  at: z.int().openapi({ description: 'Milliseconds since 1970' }),
  who: z.string(),
  why: z.string(),
  editCount: z.int().openapi({ description: 'Records that it changed' }),
}

const example = {
  number: 4,
  at: 1_795_000_000_000,
  who: 'anna',
  why: 'new time server',
  editCount: 1,
}

/** A change that was made. */
export const revisionSchema = z.strictObject(revisionFields).openapi('Revision', { example })

const record = z.unknown().openapi({ type: 'object', additionalProperties: true })

const revisionWithEdits = z
  .strictObject({
    ...revisionFields,
    edits: z.array(
      z.strictObject({
        kind: z.enum(['device', 'class']),
        key: z.string(),
        before: record.optional(),
        after: record.optional(),
      }),
    ),
  })
  .openapi('RevisionWithEdits', { example: { ...example, edits: [] } })

const number = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER)
const params = z.object({ number: number.openapi({ example: 4 }) })

const listQuery = z.object({
  limit,
  before: number.optional().openapi({ description: 'Only older ones: the next page' }),
  device: z.string().max(64).optional().openapi({ description: 'Only those that changed it' }),
  class: z.string().max(64).optional().openapi({ description: 'Only those that changed it' }),
})

type Parts = Pick<AdminParts, 'opened'>

/** Every change that was ever made, and to undo one. */
export function addRevisionRoutes(app: OpenAPIHono<ApiEnv>, parts: Parts, changer: Changer): void {
  addList(app, parts)
  addRead(app, parts)
  addRevert(app, parts, changer)
}

function addList(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/revisions',
    tags: ['changes'],
    summary: 'Changes, the newest first',
    ...by('viewer'),
    request: { query: listQuery },
    responses: {
      200: ok(
        'A page of them, and `Link: rel="next"`',
        z.strictObject({ items: z.array(revisionSchema) }),
      ),
      ...failures,
    },
  })
  app.openapi(route, async (c) => {
    const { store } = await parts.opened()
    const asked = c.req.valid('query')
    const items = await store.revisions(queryOf(asked))
    const oldest = items.at(-1)?.number ?? 1
    if (items.length === asked.limit && oldest > 1) {
      const url = new URL(c.req.url)
      url.searchParams.set('before', String(oldest))
      c.header('link', `<${url.pathname}${url.search}>; rel="next"`)
    }
    return c.json({ items }, 200)
  })
}

function queryOf(asked: z.output<typeof listQuery>): RevisionQuery {
  const { limit: most, before, device, class: className } = asked
  const page = { limit: most, ...(before === undefined ? {} : { before }) }
  if (device !== undefined) return { ...page, record: { kind: 'device', key: device } }
  if (className !== undefined) return { ...page, record: { kind: 'class', key: className } }
  return page
}

function addRead(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/revisions/{number}',
    tags: ['changes'],
    summary: 'One change with its records before and after',
    ...by('viewer'),
    request: { params },
    responses: { 200: ok('The change', revisionWithEdits), ...failures },
  })
  app.openapi(route, async (c) => {
    return c.json(await revisionNumbered(parts, c.req.valid('param').number), 200)
  })
}

function addRevert(app: OpenAPIHono<ApiEnv>, parts: Parts, changer: Changer): void {
  const route = createRoute({
    method: 'post',
    path: '/api/v1/revisions/{number}/revert',
    tags: ['changes'],
    summary: 'Undo a change by a new one, unless one of its records was changed since',
    ...by('editor'),
    request: { params, query: z.object({ why }) },
    responses: { 201: ok('The revision that undoes it', revisionSchema), ...failures },
  })
  app.openapi(route, async (c) => {
    const revision = await revisionNumbered(parts, c.req.valid('param').number)
    const live = await changer.live()
    const seenRevision = live.revision
    const edits = revision.edits.map((edit) => reversed(edit, revision, live))
    const { why: reason = `reverts revision ${revision.number}` } = c.req.valid('query')
    return c.json(await changer.apply(c, { edits, why: reason, seenRevision }), 201)
  })
}

async function revisionNumbered(parts: Parts, wanted: number): Promise<RevisionWithEdits> {
  const revision = await (await parts.opened()).store.revision(wanted)
  if (revision === undefined) throw missing('revision', String(wanted))
  return revision
}

/** @throws {ApiProblem} 409 when the record is not as the revision left it. */
function reversed(edit: Edit, { number: from }: RevisionWithEdits, live: LiveInventory): Edit {
  const stored = edit.kind === 'device' ? live.device(edit.key) : live.classNamed(edit.key)
  const isGone = stored === undefined && edit.after !== undefined
  if ((stored?.revision ?? from) > from || isGone) {
    const by = isGone ? 'was removed' : `was changed by revision ${stored?.revision}`
    const detail = `Cannot revert revision ${from}: ${edit.kind} "${edit.key}" ${by} since`
    throw new ApiProblem(409, 'CONFLICT', detail)
  }
  return { ...edit, before: edit.after, after: edit.before } as Edit
}
