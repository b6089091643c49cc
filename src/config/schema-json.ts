import { z } from 'zod'
import { siteSchema } from './schema.ts'

/** A JSON Schema, as far as this project reads it. */
export interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly additionalProperties?: JsonSchema | boolean
}

/** The JSON Schema of `trivet.yaml`, for editors that complete and check. */
export function siteJsonSchema(): JsonSchema {
  return z.toJSONSchema(siteSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
}

/** The part of the schema that a path leads to; of alternatives, the one that has the path. */
export function schemaAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  const [key, ...rest] = path
  if (key === undefined) return schema
  if (schema.anyOf) {
    return schema.anyOf.map((one) => schemaAt(one, path)).find((one) => one !== undefined)
  }
  const next = typeof key === 'number' ? schema.items : schema.properties?.[String(key)]
  return next && schemaAt(next, rest)
}
