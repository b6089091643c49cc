import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type JsonSchema, schemaAt, siteJsonSchema } from './schema-json.ts'

/** Every key with its path: `routes.static.folder`. */
function keysOf(schema: JsonSchema, prefix = ''): [string, JsonSchema][] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`
    return [[path, value] as [string, JsonSchema], ...keysOf(value, path)]
  })
  const inner = [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])]
  return [...own, ...inner.flatMap((one) => keysOf(one, prefix))]
}

describe('siteJsonSchema', () => {
  const keys = keysOf(siteJsonSchema())

  test('siteJsonSchema describes every key', () => {
    assert.ok(keys.length > 40)
    const bare = keys.filter(([, { description = '' }]) => !description.endsWith('.'))
    assert.deepEqual(
      bare.map(([path]) => path),
      [],
    )
  })

  test('siteJsonSchema says range and default of every number', () => {
    const numbers = keys.filter(([, { type }]) => type === 'integer')
    assert.ok(numbers.length > 10)
    for (const [path, { description = '', minimum, default: value }] of numbers) {
      assert.ok(description.includes(`${minimum} to `), `${path}: ${description}`)
      const word = value === undefined ? 'Default: ' : `Default ${JSON.stringify(value)}`
      assert.ok(description.includes(word), `${path}: ${description}`)
    }
  })

  test('siteJsonSchema refuses what it does not know', () => {
    const schema = siteJsonSchema()
    const closed = [schema, schemaAt(schema, ['listen']), schemaAt(schema, ['routes', 0])]
    assert.deepEqual(
      closed.map((one) => one?.additionalProperties),
      [false, false, false],
    )
  })

  test('siteJsonSchema does not let a handler be anything', () => {
    const handler = schemaAt(siteJsonSchema(), ['routes', 0, 'handler'])
    assert.deepEqual(
      handler?.anyOf?.map(({ type }) => type),
      ['string', 'object'],
    )
  })
})

test('schemaAt follows names, indexes, alternatives and maps', () => {
  const schema = siteJsonSchema()
  const typeAt = (...path: PropertyKey[]): string | undefined => schemaAt(schema, path)?.type
  assert.equal(typeAt('routes', 3, 'static', 'ignoreCase'), 'boolean')
  assert.equal(typeAt('routes', 3, 'cgi', 'environment', 'HOME'), 'string')
  assert.equal(typeAt('routes', 3, 'cgi', 'constructor'), undefined)
  assert.equal(schemaAt(schema, ['routes', 'a']), undefined)
})
