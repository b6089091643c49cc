import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { InboxEntry } from '../store/store.ts'
import type { AdminParts } from './admin-parts.ts'
import type { ApiEnv } from './api-env.ts'
import { ApiProblem, missing } from './api-problem.ts'
import type { Changer } from './change.ts'
import { etagOf } from './precondition.ts'
import { deviceKind } from './record-kind.ts'
import { device, deviceBody } from './record-schemas.ts'
import { by, failures, jsonBody, limit, ok, why } from './route-parts.ts'

/** Entries of the inbox that are looked through for one; the store keeps fewer. */
const ENTRIES_MAX = 10_000

const entrySchema = z
  .strictObject({
    key: z.string(),
    at: z.int().openapi({ description: 'When it last asked, milliseconds since 1970' }),
    address: z.string(),
    path: z.string().openapi({ description: 'What it last asked for' }),
    guess: z.record(z.string(), z.string()).openapi({ description: 'Vendor, model' }),
    firstAt: z.int(),
    count: z.int().openapi({ description: 'How often it asked' }),
  })
  .openapi('InboxEntry', {
    example: {
      key: 'mac 00:11:22:33:44:66',
      at: 1_795_000_000_000,
      address: '10.0.0.8',
      path: '/SEP001122334466.cnf.xml',
      guess: {},
      firstAt: 1_795_000_000_000,
      count: 1,
    },
  })

const params = z.object({ key: z.string().openapi({ example: 'mac 00:11:22:33:44:66' }) })

type Parts = Pick<AdminParts, 'opened'>

/** Devices that asked and are not known. */
export function addInboxRoutes(app: OpenAPIHono<ApiEnv>, parts: Parts, changer: Changer): void {
  addList(app, parts)
  addAdopt(app, parts, changer)
  addRemove(app, parts)
}

function addList(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/inbox',
    tags: ['inbox'],
    summary: 'Devices that asked and are not known',
    ...by('viewer'),
    request: { query: z.object({ limit }) },
    responses: { 200: ok('They', z.strictObject({ items: z.array(entrySchema) })), ...failures },
  })
  app.openapi(route, async (c) => {
    const { store, live } = await parts.opened()
    const entries = await store.inbox.list({ limit: c.req.valid('query').limit })
    // Who was added since is known now.
    const items = entries.filter(({ key }) => live.find(evidenceOf(key)) === undefined)
    return c.json({ items }, 200)
  })
}

function addAdopt(app: OpenAPIHono<ApiEnv>, parts: Parts, changer: Changer): void {
  const route = createRoute({
    method: 'post',
    path: '/api/v1/inbox/{key}/adopt',
    tags: ['inbox'],
    summary: 'Make one a device, with the MAC, serial or UUID that it showed',
    ...by('editor'),
    request: { params, query: z.object({ why }), body: jsonBody(adoption) },
    responses: { 201: ok('The device', device), ...failures },
  })
  app.openapi(route, async (c) => {
    const { store, live } = await parts.opened()
    const entry = await entryOf(parts, c.req.valid('param').key)
    const body = c.req.valid('json')
    if (live.device(body.id) !== undefined) {
      throw new ApiProblem(409, 'CONFLICT', `There is a device "${body.id}" already`)
    }
    const { mac, ...others } = evidenceOf(entry.key)
    const found = mac === undefined ? others : { macs: [mac, ...(body.macs ?? [])] }
    const input = { ...body, ...found }
    const edit = deviceKind.edit({ key: body.id, before: undefined, input })
    const { why: reason } = c.req.valid('query')
    const seenRevision = live.revision
    const { number } = await changer.apply(c, { edits: [edit], why: reason, seenRevision })
    await store.inbox.remove(entry.key)
    return c.json({ ...edit.after, revision: number }, 201, { etag: etagOf(number) })
  })
}

const adoption = deviceBody
  .omit({ revision: true })
  .extend({ id: z.string() })
  .openapi('Adoption', { example: { id: 'desk-8', classes: ['phones'] } })

function addRemove(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  const route = createRoute({
    method: 'delete',
    path: '/api/v1/inbox/{key}',
    tags: ['inbox'],
    summary: 'Forget one, until it asks again',
    ...by('editor'),
    request: { params },
    responses: { 204: { description: 'Forgotten' }, ...failures },
  })
  app.openapi(route, async (c) => {
    const { store } = await parts.opened()
    const { key } = c.req.valid('param')
    if (!(await store.inbox.remove(key))) throw missing('inbox entry', key)
    return c.body(null, 204)
  })
}

async function entryOf(parts: Parts, key: string): Promise<InboxEntry> {
  const entries = await (await parts.opened()).store.inbox.list({ limit: ENTRIES_MAX })
  const entry = entries.find((one) => one.key === key)
  if (entry === undefined) throw missing('inbox entry', key)
  return entry
}

/** What an entry is told apart by: `mac 00:11:22:33:44:55`. */
function evidenceOf(key: string): {
  readonly mac?: string
  readonly serial?: string
  readonly uuid?: string
} {
  const [kind = '', value = ''] = key.split(/ (.*)/s)
  return { [kind]: value }
}
