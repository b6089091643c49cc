import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Device, DeviceClass } from '../inventory/model.ts'
import type { LiveInventory } from '../store/live-inventory.ts'
import type { Stored } from '../store/store.ts'
import type { ApiContext, ApiEnv } from './api-env.ts'
import { missing, refused } from './api-problem.ts'
import type { Changer } from './change.ts'
import { mergePatched } from './merge-patch.ts'
import { checkPrecondition, etagOf, isKnown, type Precondition } from './precondition.ts'
import { classKind, deviceKind, type RecordKind } from './record-kind.ts'
import { mergePatch } from './record-schemas.ts'
import { addRecordList } from './record-list.ts'
import { by, failures, jsonBody, ok, why } from './route-parts.ts'

/** Devices and classes: list, read, make, replace, patch, remove. */
export function addRecordRoutes(app: OpenAPIHono<ApiEnv>, changer: Changer): void {
  for (const kind of [deviceKind, classKind]) {
    addRecordList(app, kind, changer)
    addRead(app, kind, changer)
    addReplace(app, kind, changer)
    addPatch(app, kind, changer)
    addRemove(app, kind, changer)
  }
}

/** The names of the record and the query that all of them have. */
function placeOf(kind: RecordKind) {
  return {
    path: `/api/v1/${kind.plural}/{key}` as const,
    tags: [kind.plural],
    params: z.object({ key: z.string().openapi({ example: exampleKey(kind) }) }),
  }
}

function exampleKey({ kind }: RecordKind): string {
  return kind === 'device' ? 'desk-7' : 'phones'
}

function addRead(app: OpenAPIHono<ApiEnv>, kind: RecordKind, changer: Changer): void {
  const { path, tags, params } = placeOf(kind)
  const route = createRoute({
    method: 'get',
    path,
    tags,
    summary: `Read a ${kind.kind}; its ETag is the revision that last changed it`,
    ...by('viewer'),
    request: { params },
    responses: {
      200: ok(`The ${kind.kind}`, kind.schema),
      304: { description: 'Who asks has it: If-None-Match' },
      ...failures,
    },
  })
  app.openapi(route, async (c) => {
    const stored = kind.find(await changer.live(), c.req.valid('param').key)
    if (stored === undefined) throw missing(kind.kind, c.req.valid('param').key)
    const etag = etagOf(stored.revision)
    if (isKnown(c.req.header('if-none-match'), stored.revision)) return c.body(null, 304, { etag })
    return c.json(shownRecord(stored), 200, { etag })
  })
}

function addReplace(app: OpenAPIHono<ApiEnv>, kind: RecordKind, changer: Changer): void {
  const { path, tags, params } = placeOf(kind)
  const route = createRoute({
    method: 'put',
    path,
    tags,
    summary: `Make a ${kind.kind} (If-None-Match: *) or replace it (If-Match)`,
    ...by('editor'),
    request: { params, query: z.object({ why }), body: jsonBody(kind.bodySchema) },
    responses: {
      200: ok('Replaced', kind.schema),
      201: ok('Made', kind.schema),
      ...failures,
    },
  })
  app.openapi(route, async (c) => {
    const { key } = c.req.valid('param')
    const live = await changer.live()
    const { input, revision } = recordInput(kind, key, await c.req.json())
    const precondition = preconditionOf(c, { live, kind, key, revision })
    return await save(c, { kind, key, input, precondition, changer })
  })
}

function addPatch(app: OpenAPIHono<ApiEnv>, kind: RecordKind, changer: Changer): void {
  const { path, tags, params } = placeOf(kind)
  const route = createRoute({
    method: 'patch',
    path,
    tags,
    summary: `Change some keys of a ${kind.kind}`,
    ...by('editor'),
    request: {
      params,
      query: z.object({ why }),
      body: {
        required: true,
        content: {
          'application/merge-patch+json': { schema: mergePatch },
          'application/json': { schema: mergePatch },
        },
      },
    },
    responses: { 200: ok('As it is now', kind.schema), ...failures },
  })
  app.openapi(route, async (c) => {
    const { key } = c.req.valid('param')
    const live = await changer.live()
    const stored = kind.find(live, key)
    if (stored === undefined) throw missing(kind.kind, key)
    const found = preconditionOf(c, { live, kind, key, revision: undefined })
    const patched = mergePatched(stored.record, await c.req.json())
    const { input } = recordInput(kind, key, patched)
    // What the patch was laid upon must still be there.
    const precondition = { ...found, seenRevision: stored.revision }
    return await save(c, { kind, key, input, precondition, changer })
  })
}

function addRemove(app: OpenAPIHono<ApiEnv>, kind: RecordKind, changer: Changer): void {
  const { path, tags, params } = placeOf(kind)
  const route = createRoute({
    method: 'delete',
    path,
    tags,
    summary: `Remove a ${kind.kind}`,
    ...by('editor'),
    request: { params, query: z.object({ why }) },
    responses: { 204: { description: 'Removed' }, ...failures },
  })
  app.openapi(route, async (c) => {
    const { key } = c.req.valid('param')
    const live = await changer.live()
    const before = kind.find(live, key)?.record
    const precondition = preconditionOf(c, { live, kind, key, revision: undefined })
    if (before === undefined) throw missing(kind.kind, key)
    const edits = [kind.edit({ key, before, input: undefined })]
    await changer.apply(c, { edits, why: c.req.valid('query').why, ...precondition })
    return c.body(null, 204)
  })
}

interface Save {
  readonly kind: RecordKind
  readonly key: string
  readonly input: unknown
  readonly precondition: Precondition
  readonly changer: Changer
}

async function save(c: ApiContext, change: Save): Promise<Response> {
  const { kind, key, input, precondition, changer } = change
  const live = await changer.live()
  const before = kind.find(live, key)?.record
  const edits = [kind.edit({ key, before, input })]
  const revision = await changer.apply(c, { edits, why: c.req.query('why'), ...precondition })
  const record = edits[0]?.after
  if (record === undefined) throw new TypeError('A saved record is gone')
  const headers = { etag: etagOf(revision.number) }
  const status = before === undefined ? 201 : 200
  return c.json(shownRecord({ record, revision: revision.number }), status, headers)
}

/** A record as it is answered. */
function shownRecord({ record, revision }: Stored<Device | DeviceClass>): object {
  return { ...record, revision }
}

/** What was sent as a record, its key filled in. @throws {ApiProblem} When it has another key. */
function recordInput(
  { keyField, kind }: RecordKind,
  key: string,
  body: unknown,
): { readonly input: unknown; readonly revision: number | undefined } {
  if (typeof body !== 'object' || body === null) return { input: body, revision: undefined }
  const { revision, ...input } = { [keyField]: key, ...body } as Record<string, unknown>
  if (input[keyField] !== key) {
    const message = `Found ${keyField} ${JSON.stringify(input[keyField])}, the path has "${key}": a ${kind} keeps its ${keyField}`
    throw refused([{ code: 'NAME_WRONG', message, path: `/${keyField}` }])
  }
  return { input, revision: typeof revision === 'number' ? revision : undefined }
}

function preconditionOf(
  c: ApiContext,
  place: {
    readonly live: LiveInventory
    readonly kind: RecordKind
    readonly key: string
    readonly revision: number | undefined
  },
): Precondition {
  const { live, kind, key, revision } = place
  const said = revision === undefined ? undefined : etagOf(revision)
  const ifMatch = c.req.header('if-match') ?? said
  const ifNoneMatch = c.req.header('if-none-match')
  return checkPrecondition(
    { ifMatch, ifNoneMatch },
    {
      what: `${kind.kind} "${key}"`,
      revision: kind.find(live, key)?.revision,
      latest: live.revision,
    },
  )
}
