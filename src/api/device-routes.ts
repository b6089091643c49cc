import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Device } from '../inventory/model.ts'
import type { Origin } from '../inventory/origins.ts'
import { valueAt } from '../inventory/pointer.ts'
import type { LiveInventory } from '../store/live-inventory.ts'
import type { AdminParts } from './admin-parts.ts'
import type { ApiEnv } from './api-env.ts'
import { missing, refused } from './api-problem.ts'
import { by, failures, limit, ok } from './route-parts.ts'

const params = z.object({ key: z.string().openapi({ example: 'desk-7' }) })
const anyMap = z.unknown().openapi({ type: 'object', additionalProperties: true })
const anyValue = z.unknown().openapi({ description: 'Any JSON value', example: '10.0.0.1' })

const said = z.strictObject({ layer: z.string(), at: z.string(), value: anyValue.optional() })

const origin = z
  .strictObject({
    pointer: z.string().openapi({ description: 'Where in the values: a JSON Pointer' }),
    value: anyValue.optional(),
    kind: z.enum(['value', 'list', 'map', 'removed']),
    layer: z.string().openapi({ description: 'The class that says it; `own`: the device itself' }),
    at: z.string().openapi({ description: 'Where in that class: a JSON Pointer' }),
    edits: z.array(said).openapi({ description: 'What later layers added to it' }),
    beaten: z.array(said).openapi({ description: 'What other layers said and lost' }),
  })
  .openapi('Origin', {
    example: {
      pointer: '/ntp',
      value: '10.0.0.1',
      kind: 'value',
      layer: 'phones',
      at: '/ntp',
      edits: [],
      beaten: [{ layer: 'base', at: '/ntp', value: '10.0.0.9' }],
    },
  })

const resolved = z
  .strictObject({
    device: z.string(),
    layers: z.array(z.string()).openapi({ description: 'Classes, later wins; `own` at the end' }),
    values: anyMap,
    origins: z.array(origin),
  })
  .openapi('DeviceValues', {
    example: {
      device: 'desk-7',
      layers: ['base', 'phones', 'own'],
      values: { ntp: '10.0.0.1' },
      origins: [],
    },
  })

const delivery = z
  .strictObject({
    device: z.string(),
    path: z.string(),
    askedAt: z.int().openapi({ description: 'Milliseconds since 1970' }),
    delivered: z
      .strictObject({
        at: z.int(),
        front: z.enum(['tftp', 'http']),
        address: z.string(),
        bytes: z.int(),
        hash: z.string().openapi({ description: 'First 22 characters of SHA-256 in base64url' }),
      })
      .optional()
      .openapi({ description: 'What it last had completely; absent: never' }),
  })
  .openapi('Delivery', {
    example: {
      device: 'desk-7',
      path: '/SEP001122334455.cnf.xml',
      askedAt: 1_795_000_000_000,
      delivered: {
        at: 1_795_000_000_120,
        front: 'tftp',
        address: '10.0.0.7',
        bytes: 48,
        hash: 'LPJNul-wow4m6DsqxbninA',
      },
    },
  })

type Parts = Pick<AdminParts, 'opened'>

/** What a device's files are made from, and what became of them. */
export function addDeviceRoutes(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  addValues(app, parts)
  addFiles(app, parts)
}

function addValues(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/devices/{key}/values',
    tags: ['devices'],
    summary: 'Every value of a device, and where it comes from; secrets are names',
    ...by('viewer'),
    request: {
      params,
      query: z.object({
        key: z.string().max(1024).optional().openapi({
          description: 'Only this value and those below it, keys joined by dots',
          example: 'ntp',
        }),
      }),
    },
    responses: { 200: ok('Its values', resolved), ...failures },
  })
  app.openapi(route, async (c) => {
    const { live } = await parts.opened()
    const { key: id } = c.req.valid('param')
    const explained = live.explain(deviceNamed(live, id))
    if (explained.problem !== undefined) throw refused([explained.problem])
    const { key } = c.req.valid('query')
    const found = [...explained.origins].filter(([pointer]) => isBelow(pointer, key))
    if (found.length === 0 && key !== undefined) throw missing(`value of "${id}" named`, key)
    const origins = found.map(([pointer, one]) => ({
      pointer,
      value: valueAt(explained.values, pointer),
      ...shownOrigin(one),
    }))
    const { layers, values } = explained
    return c.json({ device: id, layers, values, origins }, 200)
  })
}

function addFiles(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  const route = createRoute({
    method: 'get',
    path: '/api/v1/devices/{key}/files',
    tags: ['devices'],
    summary: 'What a device asked for, and what it last had completely',
    ...by('viewer'),
    request: { params, query: z.object({ limit }) },
    responses: { 200: ok('Its files', z.strictObject({ items: z.array(delivery) })), ...failures },
  })
  app.openapi(route, async (c) => {
    const { live, store } = await parts.opened()
    const { id } = deviceNamed(live, c.req.valid('param').key)
    const { limit: most } = c.req.valid('query')
    const items = await store.deliveries.list({ device: id, limit: most })
    return c.json({ items }, 200)
  })
}

/** @throws {ApiProblem} 404. */
export function deviceNamed(live: LiveInventory, id: string): Device {
  const stored = live.device(id)
  if (stored === undefined) throw missing('device', id)
  return stored.record
}

function isBelow(pointer: string, key: string | undefined): boolean {
  if (key === undefined) return true
  const wanted = `/${key.split('.').join('/')}`
  return pointer === wanted || pointer.startsWith(`${wanted}/`)
}

function shownOrigin({ kind, layer, at, edits, beaten }: Origin): object {
  const plain = (one: Origin['beaten'][number]): object => {
    const { layer, at, value } = one
    return { layer, at, value }
  }
  return { kind, layer, at, edits: edits.map(plain), beaten: beaten.map(plain) }
}
