import { z } from '@hono/zod-openapi'
import { deviceStates } from '../inventory/model.ts'
import { inventoryLimits } from '../inventory/limits.ts'

/**
 * Shapes only: what an identifier, a name or a value may be, `checkDevice` and `checkClass` decide,
 * whose messages say where and why.
 */
const texts = (max: number) => z.array(z.string()).max(max)

/** Not copied by the schema: a key such as `__proto__` has to be seen to be refused. */
const values = z.unknown().openapi({
  type: 'object',
  additionalProperties: true,
  description: 'A map of keys to JSON values; may hold directives such as $append and $secret',
  example: { ntp: '10.0.0.1', sip: { port: 5061 } },
})

const revision = z.int().min(0).openapi({
  description: 'That last changed the record; what its ETag holds',
  example: 4,
})

const deviceFields = {
  name: z.string().optional(),
  macs: texts(inventoryLimits.macsMax).optional(),
  serial: z.string().optional(),
  uuid: z.string().optional(),
  addresses: texts(inventoryLimits.addressesMax).optional(),
  classes: texts(inventoryLimits.classesMax).optional(),
  values: values.optional(),
  state: z.enum(deviceStates).optional(),
}

const deviceExample = {
  id: 'desk-7',
  macs: ['00:11:22:33:44:55'],
  addresses: [],
  classes: ['phones'],
  values: { line: '4007' },
  state: 'active' as const,
}

/** What is sent to make a device or to replace it. */
export const deviceBody = z
  .strictObject({
    id: z.string().optional().openapi({ description: 'When given, as in the path' }),
    ...deviceFields,
    revision: revision.optional().openapi({ description: 'When given, acts as If-Match does' }),
  })
  .openapi('DeviceBody', {
    example: { macs: ['00:11:22:33:44:55'], classes: ['phones'], values: { line: '4007' } },
  })

/** A device as it is kept. */
export const device = z
  .strictObject({
    id: z.string(),
    ...deviceFields,
    macs: z.array(z.string()),
    addresses: z.array(z.string()),
    classes: z.array(z.string()),
    values,
    state: z.enum(deviceStates),
    revision,
  })
  .openapi('Device', { example: { ...deviceExample, revision: 4 } })

const parents = texts(inventoryLimits.parentsMax)

export const classBody = z
  .strictObject({
    name: z.string().optional().openapi({ description: 'When given, as in the path' }),
    parents: parents.optional(),
    values: values.optional(),
    revision: revision.optional().openapi({ description: 'When given, acts as If-Match does' }),
  })
  .openapi('ClassBody', { example: { parents: ['base'], values: { ntp: '10.0.0.1' } } })

/** A class as it is kept. */
export const deviceClass = z
  .strictObject({ name: z.string(), parents: z.array(z.string()), values, revision })
  .openapi('Class', {
    example: { name: 'phones', parents: ['base'], values: { ntp: '10.0.0.1' }, revision: 2 },
  })

/** A JSON Merge Patch: its keys replace those of the record, `null` removes one. */
export const mergePatch = z.unknown().openapi('MergePatch', {
  type: 'object',
  additionalProperties: true,
  description: 'JSON Merge Patch (RFC 7396): keys replace those of the record, null removes one',
  example: { values: { line: '4008', extra: null } },
})
