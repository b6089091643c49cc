import { z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import type { ApiEnv } from './api-env.ts'
import { needs } from './authenticate.ts'
import type { Role } from './principal.ts'

const detail = z.strictObject({
  code: z.string(),
  message: z.string(),
  path: z.string().optional(),
})

/** What every failure is answered with. @see RFC 9457 */
const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    problems: z.array(detail).optional(),
  })
  .openapi('Problem', {
    example: {
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'NOT_FOUND',
      detail: 'There is no device "desk-7"',
    },
  })

/** One response of the document. */
interface ResponseParts {
  readonly description: string
  content?: Record<string, { schema: z.ZodType }>
}

/** What any request may be answered with. */
export const failures: Record<'default', ResponseParts> = {
  default: {
    description: 'What went wrong, with a code for programs',
    content: { 'application/problem+json': { schema: problemSchema } },
  },
}

/** The success of a route that answers JSON. */
export function ok(description: string, schema: z.ZodType): ResponseParts {
  return { description, content: { 'application/json': { schema } } }
}

/** A body of JSON that has to be there. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } } as const
}

interface RoleParts {
  readonly middleware: MiddlewareHandler<ApiEnv>
  readonly security: Record<string, string[]>[]
}

/** The part of a route that says who may ask, to people and to the server alike. */
export function by(role: Role): RoleParts {
  return { middleware: needs(role), security: [{ token: [] }] }
}

/** Why a change is made; kept with it. */
export const why = z
  .string()
  .max(1000)
  .optional()
  .openapi({ description: 'Why, kept with the change', example: 'new time server' })

/** How many of a list. */
export const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(1000)
  .default(100)
  .openapi({ description: 'At most so many', example: 100 })
