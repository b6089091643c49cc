import { z } from 'zod'
import { siteSchema } from './schema.ts'

/** A JSON Schema, as far as this project reads it. */
export interface JsonSchema {
  readonly title?: string
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly additionalProperties?: JsonSchema | boolean
}

/** The JSON Schema of `trivet.yaml`, for editors that complete and check. */
export function siteJsonSchema(): JsonSchema {
  return { title: 'Trivet site', ...jsonSchemaOf(siteSchema) }
}

/** The JSON Schema of what users write. */
export function jsonSchemaOf(written: z.ZodType): JsonSchema {
  return z.toJSONSchema(written, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // An app cannot be written in YAML; left in, it would allow anything.
      if (jsonSchema.anyOf) jsonSchema.anyOf = jsonSchema.anyOf.filter((one) => !isAnything(one))
    },
  }) as JsonSchema
}

function isAnything(schema: object): boolean {
  return Object.keys(schema).length === 0
}

/** The part of the schema that a path leads to; of alternatives, the one that has the path. */
export function schemaAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  const [key, ...rest] = path
  if (key === undefined) return schema
  if (schema.anyOf) {
    return schema.anyOf.map((one) => schemaAt(one, path)).find((one) => one !== undefined)
  }
  const next = typeof key === 'number' ? schema.items : propertyAt(schema, String(key))
  return next && schemaAt(next, rest)
}

function propertyAt(schema: JsonSchema, key: string): JsonSchema | undefined {
  const { properties = {}, additionalProperties } = schema
  if (Object.hasOwn(properties, key)) return properties[key]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}
