import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Device, DeviceClass } from '../inventory/model.ts'
import type { LiveInventory } from '../store/live-inventory.ts'
import type { Stored } from '../store/store.ts'
import type { ApiEnv } from './api-env.ts'
import type { Changer } from './change.ts'
import type { RecordKind } from './record-kind.ts'
import { by, failures, limit, ok } from './route-parts.ts'

const query = z.object({
  class: z.string().max(64).optional().openapi({
    description:
      'Devices of this class, or of one that inherits it; classes that name it as parent',
    example: 'phones',
  }),
  q: z.string().max(256).optional().openapi({
    description: 'Only those with this in their id, name, MAC, serial, UUID or address',
    example: 'desk',
  }),
  after: z.string().max(64).optional().openapi({
    description: 'Only those behind this id: the next page',
    example: 'desk-6',
  }),
  limit,
})

type ListQuery = z.output<typeof query>

/** One page after the other; `Link` leads to the next. */
export function addRecordList(
  app: OpenAPIHono<ApiEnv>,
  kind: RecordKind,
  changer: Pick<Changer, 'live'>,
): void {
  const route = createRoute({
    method: 'get',
    path: `/api/v1/${kind.plural}` as const,
    tags: [kind.plural],
    summary: `List ${kind.plural}`,
    ...by('viewer'),
    request: { query },
    responses: {
      200: ok(
        'A page of them, and `Link: rel="next"` when there are more (RFC 8288)',
        z.strictObject({
          revision: z.int().openapi({ description: 'Of the inventory', example: 4 }),
          count: z.int().openapi({ description: 'Of all pages', example: 1 }),
          items: z.array(kind.schema),
        }),
      ),
      ...failures,
    },
  })
  app.openapi(route, async (c) => {
    const live = await changer.live()
    const asked = c.req.valid('query')
    const wanted = sorted(kind, live).filter(({ record }) => isWanted(record, asked, live))
    const { after } = asked
    const rest = after === undefined ? wanted : wanted.filter(({ record }) => keyOf(record) > after)
    const page = rest.slice(0, asked.limit)
    const last = page.at(-1)
    if (last !== undefined && rest.length > page.length) {
      c.header('link', `<${nextPage(kind, asked, keyOf(last.record))}>; rel="next"`)
    }
    const items = page.map(({ record, revision }) => ({ ...record, revision }))
    return c.json({ revision: live.revision, count: wanted.length, items }, 200)
  })
}

type Listed = readonly Stored<Device | DeviceClass>[]

/** What was sorted for one page serves the next: sorting 100,000 devices takes long. */
const keptLists = new WeakMap<
  LiveInventory,
  { [Plural in RecordKind['plural']]?: { readonly revision: number; readonly list: Listed } }
>()

function sorted(kind: RecordKind, live: LiveInventory): Listed {
  const lists = keptLists.get(live) ?? {}
  keptLists.set(live, lists)
  const kept = lists[kind.plural]
  if (kept?.revision === live.revision) return kept.list
  const list = kind.all(live)
  lists[kind.plural] = { revision: live.revision, list }
  return list
}

function nextPage({ plural }: RecordKind, asked: ListQuery, after: string): string {
  const parameters = new URLSearchParams()
  if (asked.class !== undefined) parameters.set('class', asked.class)
  if (asked.q !== undefined) parameters.set('q', asked.q)
  parameters.set('limit', String(asked.limit))
  parameters.set('after', after)
  return `/api/v1/${plural}?${parameters}`
}

function isWanted(record: Device | DeviceClass, asked: ListQuery, live: LiveInventory): boolean {
  const { q, class: className } = asked
  if (className !== undefined && !isOfClass(record, className, live)) return false
  if (q === undefined) return true
  const wanted = q.toLowerCase()
  return textsOf(record).some((text) => text?.toLowerCase().includes(wanted))
}

function isOfClass(record: Device | DeviceClass, name: string, live: LiveInventory): boolean {
  return isDevice(record) ? live.isOfClass(record, name) : record.parents.includes(name)
}

function textsOf(record: Device | DeviceClass): readonly (string | undefined)[] {
  if (!isDevice(record)) return [record.name]
  const { id, name, serial, uuid, macs, addresses } = record
  return [id, name, serial, uuid, ...macs, ...addresses]
}

function keyOf(record: Device | DeviceClass): string {
  return isDevice(record) ? record.id : record.name
}

function isDevice(record: Device | DeviceClass): record is Device {
  return 'id' in record
}
