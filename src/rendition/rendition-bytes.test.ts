import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { RenditionBytes, SPILL_BYTES_MIN } from './rendition-bytes.ts'

async function readAll(bytes: RenditionBytes): Promise<Buffer> {
  const cursor = { offset: 0, index: 0 }
  const chunks: Uint8Array[] = []
  for (let chunk = bytes.next(cursor); chunk !== undefined; chunk = bytes.next(cursor)) {
    chunks.push(await chunk)
  }
  return Buffer.concat(chunks)
}

/** Temporary files that this process has open, by the names they had. */
function openSpills(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      return target.startsWith(`${folder}/trivet-`) ? [target] : []
    } catch {
      return []
    }
  })
}

test('RenditionBytes gives back what was put in, in memory or not', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 350_000 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(sizes, async (sizesBytes) => {
      const bytes = new RenditionBytes(tmpdir())
      const all: Buffer[] = []
      for (const [index, size] of sizesBytes.entries()) {
        const chunk = Buffer.alloc(size, index + 1)
        all.push(chunk)
        await bytes.append(chunk)
      }
      const whole = Buffer.concat(all)
      assert.equal(bytes.isSpilled, whole.length > SPILL_BYTES_MIN)
      assert.ok((await readAll(bytes)).equals(whole))
      bytes.release()
    }),
    { numRuns: 30 },
  )
})

test('RenditionBytes lets a reader go on in the file where it was in memory', async () => {
  const bytes = new RenditionBytes(tmpdir())
  const cursor = { offset: 0, index: 0 }
  await bytes.append(Buffer.from('first'))
  await bytes.append(Buffer.from('second'))
  assert.equal(String(await bytes.next(cursor)), 'first')
  await bytes.append(Buffer.alloc(SPILL_BYTES_MIN, 'x'))
  assert.equal(bytes.memoryBytes, 0)
  const rest = Buffer.from((await bytes.next(cursor)) ?? [])
  assert.equal(rest.subarray(0, 10).toString(), 'secondxxxx')
  bytes.release()
})

test('RenditionBytes keeps large ones in a file without a name, until the last user is gone', async () => {
  await using folder = await temporaryFolder()
  const bytes = new RenditionBytes(folder.path)
  await bytes.append(Buffer.alloc(SPILL_BYTES_MIN + 1))
  assert.deepEqual(readdirSync(folder.path), [], 'nothing is left behind by a killed process')
  assert.match(openSpills(folder.path).join(), / \(deleted\)$/)
  bytes.hold()
  bytes.release()
  assert.equal((await readAll(bytes)).length, SPILL_BYTES_MIN + 1)
  const cursor = { offset: 0, index: 0 }
  const reading = bytes.next(cursor)
  bytes.release()
  assert.ok((await reading)?.length, 'a read that runs keeps the file')
  await closed(folder.path)
})

test('RenditionBytes does not keep the memory around a small part', async () => {
  const bytes = new RenditionBytes(tmpdir())
  const slab = new Uint8Array(65_536)
  await bytes.append(slab.subarray(10, 20))
  const chunk = await bytes.next({ offset: 0, index: 0 })
  assert.equal(chunk?.buffer.byteLength, 10)
})

test('RenditionBytes says why it has no room', async () => {
  const bytes = new RenditionBytes('/nonexistent')
  await assert.rejects(bytes.append(Buffer.alloc(SPILL_BYTES_MIN + 1)) ?? assert.fail(), /ENOENT/)
})

/** Waits until the system has closed the file: it does so in a thread of its own. */
async function closed(folder: string): Promise<void> {
  while (openSpills(folder).length > 0) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(readFileSync('/proc/self/stat').length > 0)
}
