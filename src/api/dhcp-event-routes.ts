import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { normaliseAddress, normaliseMac } from '../inventory/identifiers.ts'
import type { AdminParts } from './admin-parts.ts'
import type { ApiEnv } from './api-env.ts'
import { by, failures, jsonBody } from './route-parts.ts'

/** A lease without an end (RFC 2131 §3.3). */
const SECONDS_MAX = 4_294_967_295
/** The longest host name (RFC 1035 §2.3.4). */
const HOSTNAME_LENGTH_MAX = 255

const event = z
  .strictObject({
    ip: z
      .string()
      .max(64)
      .refine((text) => normaliseAddress(text) !== undefined, 'an IPv4 or IPv6 address is needed'),
    mac: z
      .string()
      .max(64)
      .refine((text) => normaliseMac(text) !== undefined, 'a MAC like 00:11:22:33:44:55 is needed'),
    hostname: z.string().max(HOSTNAME_LENGTH_MAX).optional(),
    seconds: z.int().min(0).max(SECONDS_MAX).openapi({
      description: 'How long it has the address from now on; 0: it has it no more',
    }),
  })
  .openapi('DhcpEvent', {
    example: { ip: '10.0.0.7', mac: '00:11:22:33:44:55', hostname: 'desk-7', seconds: 3600 },
  })

type Parts = Pick<AdminParts, 'now' | 'leased'>

/** What a DHCP server tells of its leases, so that devices are known by their addresses. */
export function addDhcpEventRoutes(app: OpenAPIHono<ApiEnv>, parts: Parts): void {
  const route = createRoute({
    method: 'post',
    path: '/api/v1/dhcp-events',
    tags: ['devices'],
    summary: 'Say that a DHCP server has given an address to a device, or that it has it no more',
    ...by('editor'),
    request: { body: jsonBody(event) },
    responses: { 204: { description: 'Known until it ends, or this server does' }, ...failures },
  })
  app.openapi(route, async (c) => {
    const { seconds, ...lease } = c.req.valid('json')
    await parts.leased({ ...lease, expiresAt: seconds === 0 ? 0 : parts.now() + seconds * 1000 })
    return c.body(null, 204)
  })
}
