import assert from 'node:assert/strict'
import { appendFile, open, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Refusal } from '../../base/refusal.ts'
import { type StaticSite, staticSite } from '../../testing/static-site.ts'
import { fileStream } from './file-stream.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB

let site: StaticSite

before(async () => {
  site = await staticSite({})
})

after(async () => {
  await site[Symbol.asyncDispose]()
})

async function written(name: string, bytes: number): Promise<string> {
  const path = join(site.path, name)
  await writeFile(path, Buffer.alloc(bytes, 'x'))
  return path
}

async function readerOf(target: string): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const { body } = await site.ask(target)
  return body?.getReader() ?? assert.fail('no body')
}

/** Reads to the end. @returns How many bytes came. */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<number> {
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return bytes
    bytes += value.length
  }
}

describe('fileStream', () => {
  test('fails when the file shrinks while it is sent', async () => {
    const path = await written('shrinks.bin', 2 * MIB)
    const reader = await readerOf('/shrinks.bin')
    await reader.read()
    await truncate(path, 1000)
    await assert.rejects(drain(reader), (error) => {
      assert.ok(error instanceof Refusal)
      assert.equal(error.code, 'GENERATOR_FAILED')
      assert.equal(
        error.message,
        'File "shrinks.bin" shrank from 2097152 to 1000 bytes while it was sent',
      )
      assert.equal(error.wireMessage, 'The file changed while it was sent')
      return true
    })
    assert.deepEqual(site.openFiles(), [])
  })

  test('sends only what was announced of a file that grows', async () => {
    const path = await written('grows.bin', MIB)
    const reader = await readerOf('/grows.bin')
    const first = await reader.read()
    await appendFile(path, 'more')
    assert.equal((first.value?.length ?? 0) + (await drain(reader)), MIB)
  })

  test('sends only what was asked to a reader with room for more', async () => {
    await written('part.bin', MIB)
    const { body } = await site.ask('/part.bin', { headers: { range: 'bytes=5-9' } })
    const reader = body?.getReader({ mode: 'byob' }) ?? assert.fail('no body')
    const { value } = await reader.read(new Uint8Array(MIB))
    assert.equal(value?.length, 5)
    assert.equal((await reader.read(new Uint8Array(MIB))).done, true)
    assert.deepEqual(site.openFiles(), [])
  })

  test('reads nothing before it is read', async () => {
    const path = await written('late.bin', 3)
    const reader = await readerOf('/late.bin')
    await writeFile(path, 'new')
    const { value } = await reader.read()
    assert.equal(new TextDecoder().decode(value), 'new')
    await reader.cancel()
  })

  test('closes the file when nobody reads any more', async () => {
    await written('cancelled.bin', 2 * MIB)
    const unread = await readerOf('/cancelled.bin')
    assert.equal(site.openFiles().length, 1)
    await unread.cancel()
    assert.deepEqual(site.openFiles(), [])

    const begun = await readerOf('/cancelled.bin')
    await begun.read()
    await begun.cancel()
    assert.deepEqual(site.openFiles(), [])

    const reading = await readerOf('/cancelled.bin')
    const read = reading.read()
    await reading.cancel()
    await read
    assert.deepEqual(site.openFiles(), [])
  })

  test('fails with a refusal when the file cannot be read any more', async () => {
    const handle = await open(await written('closed.bin', MIB))
    const stream = fileStream({ handle, name: 'closed.bin', sizeBytes: MIB, start: 0, bytes: MIB })
    await handle.close()
    await assert.rejects(drain(stream.getReader()), (error) => {
      assert.ok(error instanceof Refusal)
      assert.deepEqual(
        [error.code, error.wireMessage],
        ['GENERATOR_FAILED', 'The file cannot be read now'],
      )
      return true
    })
  })

  test('sends files over 4 GiB, to the last byte', async () => {
    const path = await written('sparse.bin', 5)
    await truncate(path, 5 * GIB)
    await appendFile(path, 'the end')
    const whole = await site.ask('/sparse.bin')
    assert.equal(whole.headers.get('content-length'), String(5 * GIB + 7))
    const reader = whole.body?.getReader() ?? assert.fail('no body')
    const { value } = await reader.read()
    assert.equal(new TextDecoder().decode(value?.subarray(0, 5)), 'xxxxx')
    await reader.cancel()
    const end = await site.ask('/sparse.bin', { headers: { range: `bytes=${5 * GIB - 1}-` } })
    assert.equal(
      end.headers.get('content-range'),
      `bytes ${5 * GIB - 1}-${5 * GIB + 6}/${5 * GIB + 7}`,
    )
    assert.equal(await end.text(), '\0the end')
    assert.deepEqual(site.openFiles(), [])
  })

  test('fills the memory that its reader brings, and takes no more', async () => {
    const path = await written('large.bin', 0)
    await truncate(path, 512 * MIB)
    const { body } = await site.ask('/large.bin')
    const reader = body?.getReader({ mode: 'byob' }) ?? assert.fail('no body')
    const before = process.memoryUsage().arrayBuffers
    let buffer = new ArrayBuffer(256 * 1024)
    let bytes = 0
    let most = 0
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(buffer))
      if (value !== undefined) buffer = value.buffer
      if (done) break
      bytes += value.length
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
    assert.equal(bytes, 512 * MIB)
    assert.ok(most < 4 * MIB, `${most} bytes`)
    assert.deepEqual(site.openFiles(), [])
  })

  test('serves a hundred readers of one file at once', async () => {
    await written('popular.bin', MIB + 1)
    const readers = await Promise.all(Array.from({ length: 100 }, () => readerOf('/popular.bin')))
    const sizes = new Set(await Promise.all(readers.map(drain)))
    assert.deepEqual([...sizes], [MIB + 1])
    assert.deepEqual(site.openFiles(), [])
  })
})
