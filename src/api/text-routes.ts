import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AdminParts, InventoryText } from './admin-parts.ts'
import type { ApiEnv } from './api-env.ts'
import { ApiProblem, refused } from './api-problem.ts'
import { by, failures, ok, why } from './route-parts.ts'

const yaml = { 'application/yaml': { schema: z.string().openapi({ example: 'devices: []\n' }) } }

const applied = z
  .strictObject({
    revision: z.int().nullable().openapi({ description: 'Null: nothing was changed' }),
    edits: z.array(z.strictObject({ kind: z.enum(['device', 'class']), key: z.string() })),
  })
  .openapi('AppliedText', {
    example: { revision: 5, edits: [{ kind: 'device', key: 'desk-7' }] },
  })

const query = z.object({
  mode: z.enum(['merge', 'replace']).default('merge').openapi({
    description: '`replace` removes what the text lacks',
  }),
  dryRun: z.enum(['true', 'false']).default('false').openapi({
    description: '`true`: nothing is changed, only told',
  }),
  why,
})

type Parts = Pick<AdminParts, 'text'>

/** The inventory as text, as it is kept in git. */
export function addTextRoutes(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  addExport(app, parts)
  addImport(app, parts)
}

function addExport(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/export',
    tags: ['changes'],
    summary: 'The whole inventory as YAML; secrets are names',
    ...by('viewer'),
    responses: { 200: { description: 'The inventory', content: yaml }, ...failures },
  })
  app.openapi(route, async (c) => {
    const text = await textOf(parts).export()
    return c.body(text, 200, { 'content-type': 'application/yaml; charset=utf-8' })
  })
}

function addImport(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  const route = createRoute({
    method: 'post',
    path: '/api/v1/import',
    tags: ['changes'],
    summary: 'Make the inventory what a text says, in one change',
    ...by('editor'),
    request: { query, body: { required: true, content: yaml } },
    responses: { 200: ok('What was, or would be, changed', applied), ...failures },
  })
  app.openapi(route, async (c) => {
    const { mode, dryRun, why: reason = '' } = c.req.valid('query')
    const { who } = c.get('principal')
    const how = { mode, dryRun: dryRun === 'true', who, why: reason }
    const { revision, edits, problems } = await textOf(parts).apply(await c.req.text(), how)
    if (problems.length > 0) throw refused(problems)
    return c.json({ revision, edits: edits.map(({ kind, key }) => ({ kind, key })) }, 200)
  })
}

function textOf({ text }: Parts): InventoryText {
  if (text !== undefined) return text
  throw new ApiProblem(501, 'NO_TEXT', 'This server does not read or write inventories as text')
}
