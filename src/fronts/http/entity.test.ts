import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnswerBody } from '../../routing/answer.ts'
import { entityFor } from './entity.ts'

function bodyOf(...chunks: readonly (string | Promise<string>)[]): AnswerBody {
  const queue = [...chunks]
  return {
    async read() {
      const next = await queue.shift()
      return next === undefined ? undefined : new TextEncoder().encode(next)
    },
    cancel() {},
  }
}

async function textOf(body: AnswerBody): Promise<string> {
  let text = ''
  for (let chunk = await body.read(); chunk; chunk = await body.read()) {
    text += new TextDecoder().decode(chunk)
  }
  return text
}

test('entityFor gives a whole body size and ETag, equal for equal bytes', async () => {
  const one = await entityFor(new Response(null), bodyOf('ab', 'c'))
  const two = await entityFor(new Response(null), bodyOf('abc'))
  assert.equal(one.sizeBytes, 3)
  assert.equal(one.headers.get('etag'), two.headers.get('etag'))
  assert.equal(one.headers.get('content-length'), '3')
  assert.equal(await textOf(one.body), 'abc')
})

test('entityFor streams what is not whole in time, not one byte lost', async () => {
  const late = Promise.withResolvers<string>()
  const entity = await entityFor(new Response(null), bodyOf('first ', late.promise, ' last'))
  assert.equal(entity.headers.get('etag'), null)
  assert.equal(entity.sizeBytes, undefined)
  late.resolve('middle')
  assert.equal(await textOf(entity.body), 'first middle last')
})

test("entityFor keeps the source's own ETag and drops internal headers", async () => {
  const headers = { etag: '"mine"', 'x-trivet-internal': '1', 'x-own': '2' }
  const entity = await entityFor(new Response(null, { headers }), bodyOf('a'))
  assert.equal(entity.headers.get('etag'), '"mine"')
  assert.equal(entity.headers.get('x-trivet-internal'), null)
  assert.equal(entity.headers.get('x-own'), '2')
})

test('entityFor streams a body over a mebibyte without an ETag', async () => {
  const large = 'x'.repeat(700_000)
  const entity = await entityFor(new Response(null), bodyOf(large, large, 'end'))
  assert.equal(entity.headers.get('etag'), null)
  assert.equal((await textOf(entity.body)).length, 1_400_003)
})
