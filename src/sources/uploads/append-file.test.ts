import assert from 'node:assert/strict'
import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../testing/temporary-folder.ts'
import { appendFile } from './append-file.ts'

async function appended(older: string, newer: string, bytesMax: number): Promise<string> {
  await using folder = await temporaryFolder()
  const paths = ['older', 'newer', 'target'].map((name) => join(folder.path, name))
  const [olderPath = '', newerPath = '', targetPath = ''] = paths
  await writeFile(olderPath, older)
  await writeFile(newerPath, newer)
  await using first = await open(olderPath)
  await using second = await open(newerPath)
  await using target = await open(targetPath, 'w')
  const parts = [
    { handle: first, bytes: older.length },
    { handle: second, bytes: newer.length },
  ]
  const bytes = await appendFile(target, parts, bytesMax)
  const text = await readFile(targetPath, 'utf8')
  assert.equal(text.length, bytes)
  return text
}

test('appendFile puts the newer behind the older', async () => {
  assert.equal(await appended('a\nb\n', 'c\n', 6), 'a\nb\nc\n')
})

test('appendFile drops whole lines of the older, and no more than it must', async () => {
  assert.equal(await appended('aa\nbb\n', 'cc\n', 6), 'bb\ncc\n')
  assert.equal(await appended('aa\nbb\n', 'cc\n', 5), 'cc\n')
})

test('appendFile drops lines of the newer where that alone is too much', async () => {
  assert.equal(await appended('aa\n', 'bb\ncc\ndd\n', 6), 'cc\ndd\n')
})

test('appendFile drops a line that began in the older and ends in the newer', async () => {
  assert.equal(await appended('aa\nbb', 'bb\ncc\n', 6), 'cc\n')
})

test('appendFile cuts what has no lines', async () => {
  assert.equal(await appended('x'.repeat(200_000), 'y', 150_000), `${'x'.repeat(149_999)}y`)
  assert.equal(await appended('xxxx', 'yyyy', 5), 'xyyyy')
})
