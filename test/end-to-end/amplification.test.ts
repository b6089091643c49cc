import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { rawRequest } from '../../src/testing/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder, type TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { UdpClient } from '../../src/testing/udp-client.ts'

// Goal: 50 requests in the name of an address that never answers bring it less than three times
// their bytes, and others are served meanwhile. Method: sockets that send, and only count what
// comes until the server has given each of them up.

const VICTIM = '127.0.0.2'
const file = Buffer.alloc(4000, 'x')

let site: TemporaryFolder
let server: ServerProcess

before(async () => {
  site = await temporaryFolder()
  await mkdir(join(site.path, 'cgi'))
  await writeFile(join(site.path, 'boot'), file)
  const script = '#!/bin/sh\nsleep 3\nprintf "Content-Length: 600\\n\\n%600s"\n'
  await writeFile(join(site.path, 'cgi', 'late'), script, { mode: 0o755 })
  server = await startServerProcess(site.path)
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

const port = (): number => server.tftp[0]?.port ?? 0

/** In turn: a file, with and without options, a late one, and none. */
const forged: readonly Buffer[] = [
  rawRequest(1, 'boot', 'octet'),
  rawRequest(1, 'boot', 'octet', 'tsize', '0', 'blksize', '1408'),
  rawRequest(1, 'cgi/late', 'octet'),
  rawRequest(1, 'boot', 'octet', 'timeout', '1'),
  rawRequest(1, 'none', 'octet'),
]

test('a server sends an address that never answers less than three times what came from it', async () => {
  await using stack = new AsyncDisposableStack()
  const clients: UdpClient[] = []
  let sentBytes = 0
  for (let index = 0; index < 50; index += 1) {
    const client = await UdpClient.open(VICTIM)
    stack.defer(() => client.close())
    const request = forged[index % forged.length] ?? Buffer.alloc(0)
    client.send(request, { address: '127.0.0.1', port: port() })
    sentBytes += request.length
    clients.push(client)
  }
  const other = await readByTftp('boot', { port: port() })
  assert.deepEqual(other.bytes, file)
  const ended = clients.map((one) => server.entry(({ client }) => client.port === one.port))
  const outcomes = (await Promise.all(ended)).map(({ outcome }) => outcome)
  assert.equal(outcomes.filter((outcome) => outcome === 'missing').length, 10)
  assert.ok(!outcomes.includes('delivered'))
  const replies = await Promise.all(clients.map((one) => one.receiveMany(one.surplus)))
  const receivedBytes = replies.flat().reduce((sum, { payload }) => sum + payload.length, 0)
  assert.ok(receivedBytes > 0)
  assert.ok(receivedBytes < 3 * sentBytes, `${receivedBytes} bytes came for ${sentBytes}`)
  const real = await readByTftp('boot', { port: port(), from: VICTIM }, ['blksize', '1408'])
  assert.deepEqual(real.bytes, file, 'who really has the address is served')
})
