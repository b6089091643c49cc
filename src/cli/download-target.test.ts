import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { DownloadTarget } from './download-target.ts'

const BYTES = new TextEncoder().encode('bytes')

test('DownloadTarget shows a file only when it is whole', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'file')
  await writeFile(file, 'old')
  for (const [isWhole, expected] of [
    [false, 'old'],
    [true, 'bytes'],
  ] as const) {
    const target = new DownloadTarget(file)
    target.write(BYTES)
    assert.equal(await target.close(isWhole), true)
    assert.equal(await readFile(file, 'utf8'), expected)
    assert.deepEqual(await readdir(folder.path), ['file'])
  }
})

test('DownloadTarget writes to what is no file, and leaves it what it is', async () => {
  await using folder = await temporaryFolder()
  const fifo = join(folder.path, 'fifo')
  execFileSync('mkfifo', [fifo])
  const target = new DownloadTarget(fifo)
  target.write(BYTES)
  const [text, isWritten] = await Promise.all([readFile(fifo, 'utf8'), target.close(true)])
  assert.deepEqual([text, isWritten], ['bytes', true])
  assert.equal((await lstat(fifo)).isFIFO(), true)
  assert.deepEqual(await readdir(folder.path), ['fifo'])
})

test('DownloadTarget says that a folder is no place for a file', async (t) => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'there'))
  const target = new DownloadTarget(join(folder.path, 'there'))
  target.write(BYTES)
  const errors = t.mock.method(process.stderr, 'write', () => true)
  assert.equal(await target.close(true), false)
  assert.match(String(errors.mock.calls[0]?.arguments[0]), /^trivet: E(ISDIR|EXIST|NOTEMPTY)/)
  assert.deepEqual(await readdir(folder.path), ['there'])
})
