import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { buildAddon } from '../../src/testing/built-addon.ts'
import { startServerProcess } from '../../src/testing/server-process.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: many datagrams go by one system call. Method: the server with a library before it that
// counts its calls, and clients that say how many datagrams there were.

const MAIN = resolve(import.meta.dirname, '../../src/cli/main.ts')
const { faultyPath, needsAddon } = buildAddon()
const BLOCKS = 3000
const WINDOW_BLOCKS = 64

interface Calls {
  readonly segmented: number
  readonly sends: number
  readonly receives: number
}

/** What a server called while a client was served. */
async function callsFor(work: (port: number) => Promise<void>): Promise<Calls> {
  await using site = await writtenFolder({ 'big.bin': 'x'.repeat(BLOCKS * 1024 - 1) })
  const listen = ['--tftp', '127.0.0.1:0', '--http', '127.0.0.1:0', '--admin', 'none']
  const environment = { LD_PRELOAD: faultyPath, TRIVET_TRANSPORT: 'batch' }
  await using server = await startServerProcess(site.path, listen, environment)
  await work(server.tftp[0]?.port ?? 0)
  const exit = once(server.process, 'close')
  server.process.kill('SIGTERM')
  await exit
  const told = /segmented (\d+) sends (\d+) receives (\d+)/.exec(server.errorText())
  const [segmented = 0, sends = 0, receives = 0] = (told ?? []).slice(1).map(Number)
  return { segmented, sends, receives }
}

test('a window of 64 blocks leaves by few system calls', needsAddon, async () => {
  await using folder = await writtenFolder({})
  const calls = await callsFor(async (port) => {
    const url = `tftp://127.0.0.1:${port}/big.bin`
    const options = ['--blksize', '1024', '--windowsize', String(WINDOW_BLOCKS)]
    await promisify(execFile)(process.execPath, [
      MAIN,
      'get',
      url,
      '--output',
      join(folder.path, 'got'),
      ...options,
    ])
  })
  const windows = Math.ceil(BLOCKS / WINDOW_BLOCKS)
  assert.ok(calls.segmented >= windows, `segmented ${calls.segmented}`)
  // Two for a window, where it is longer than one segmented datagram may be; some are resends.
  assert.ok(calls.sends <= 4 * windows, `${calls.sends} sends for ${BLOCKS} datagrams`)
  // One for each ACK, and one that finds nothing more.
  assert.ok(calls.receives <= 4 * windows + 20, `${calls.receives} receives`)
})

test('without a window there is no more than one call for a datagram', needsAddon, async () => {
  const clients = 100
  const blocks = (BLOCKS * 1024) / 16_384
  const calls = await callsFor(async (port) => {
    const reads = Array.from({ length: clients }, () =>
      readByTftp('/big.bin', { port }, ['blksize', '16384']),
    )
    for (const { bytes } of await Promise.all(reads)) assert.equal(bytes.length, BLOCKS * 1024 - 1)
  })
  const datagrams = clients * (Math.ceil(blocks) + 1)
  assert.ok(calls.sends < datagrams, `${calls.sends} sends for ${datagrams} datagrams`)
  assert.ok(calls.receives < datagrams, `${calls.receives} receives for ${datagrams} datagrams`)
})
