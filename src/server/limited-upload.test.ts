import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../base/refusal.ts'
import { limitedUpload } from './limited-upload.ts'

function streamOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const text of chunks) controller.enqueue(new TextEncoder().encode(text))
      controller.close()
    },
  })
}

test('limitedUpload passes an upload up to the limit', async () => {
  const limited = limitedUpload(streamOf('abc', 'de'), 5)
  assert.equal(await new Response(limited).text(), 'abcde')
})

test('limitedUpload errors with TOO_LARGE one byte above it', async () => {
  const limited = limitedUpload(streamOf('abc', 'def'), 5)
  await assert.rejects(
    new Response(limited).text(),
    (error) => error instanceof Refusal && error.code === 'TOO_LARGE',
  )
})

test('limitedUpload takes nothing before it is read', async () => {
  let pulls = 0
  const source = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulls += 1
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  const limited = limitedUpload(source, 5)
  assert.equal(pulls, 0)
  assert.equal(await new Response(limited).text(), '')
  assert.equal(pulls, 1)
})
