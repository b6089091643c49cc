import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder } from '../../src/testing/temporary-folder.ts'

// Goal: a file streams, whatever its size: memory stays flat. Method: a sparse file, the server's
// own account of its largest resident set (VmHWM). TRIVET_LARGE_BYTES makes it larger than what a
// test run should wait for.

const bytes = Number(process.env['TRIVET_LARGE_BYTES'] ?? 1024 * 1024 * 1024)
const RESIDENT_KB_MAX = 150 * 1024

test(`serve streams ${bytes} bytes by TFTP with a resident set under 150 MB`, async () => {
  await using site = await temporaryFolder()
  await mkdir(join(site.path, 'files'))
  const handle = await open(join(site.path, 'files', 'large'), 'w')
  await handle.truncate(bytes)
  await handle.write(Buffer.from('the end'), 0, 7, bytes - 7)
  await handle.close()
  await using server = await startServerProcess(site.path)
  const url = `tftp://127.0.0.1:${server.tftp[0]?.port}/files/large`
  const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
  const args = ['get', url, '--blksize', '65464', '--windowsize', '16', '--quiet']
  const client = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const { size, tail } = await consume(client.stdout)
  if (client.exitCode === null) await once(client, 'exit')
  assert.equal(client.exitCode, 0)
  assert.equal(size, bytes)
  assert.equal(tail, 'the end')
  const status = await readFile(`/proc/${server.process.pid}/status`, 'utf8')
  const peakKb = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1])
  console.log(`resident set at its largest: ${peakKb} kB`)
  assert.ok(peakKb < RESIDENT_KB_MAX, `${peakKb} kB`)
})

async function consume(stream: AsyncIterable<Buffer>): Promise<{ size: number; tail: string }> {
  let size = 0
  let tail = Buffer.alloc(0)
  for await (const chunk of stream) {
    size += chunk.length
    tail = Buffer.concat([tail, chunk.subarray(-7)]).subarray(-7)
  }
  return { size, tail: tail.toString() }
}
