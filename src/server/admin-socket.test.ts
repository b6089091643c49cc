import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { adminSocketFile, listenAtSocket } from './admin-socket.ts'

/** Whose socket is gone after the test, however it ends. */
function ownServer(t: TestContext, onConnection?: (socket: Socket) => void): Server {
  const server = createServer(onConnection)
  t.after(() => server.close())
  return server
}

async function closed(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}

test('listenAtSocket makes a socket that only its owner can open', async (t) => {
  await using folder = await temporaryFolder()
  const file = adminSocketFile(join(folder.path, 'state'))
  const umask = process.umask()
  const server = ownServer(t)
  await listenAtSocket(server, file)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(statSync(join(folder.path, 'state')).mode & 0o777, 0o700)
  assert.equal(process.umask(), umask)
  await closed(server)
})

test('listenAtSocket replaces what a killed server left', async (t) => {
  await using folder = await temporaryFolder()
  const file = adminSocketFile(folder.path)
  const script = `require('net').createServer().listen(${JSON.stringify(file)}, () => console.log(1))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.ok(statSync(file).isSocket())
  const server = ownServer(t, (socket) => socket.end('new'))
  await listenAtSocket(server, file)
  const [data] = (await once(createConnection(file), 'data')) as [Buffer]
  assert.equal(data.toString(), 'new')
  await closed(server)
})

test('listenAtSocket leaves one that is used, and a file that is none', async (t) => {
  await using folder = await temporaryFolder()
  const file = adminSocketFile(folder.path)
  const first = ownServer(t)
  await listenAtSocket(first, file)
  await assert.rejects(listenAtSocket(ownServer(t), file), /another server has it/)
  await closed(first)
  writeFileSync(file, 'kept')
  await assert.rejects(listenAtSocket(ownServer(t), file), /no socket/)
  assert.equal(readFileSync(file, 'utf8'), 'kept')
})

test('listenAtSocket says when a path is too long for a socket', async (t) => {
  await using folder = await temporaryFolder()
  const file = adminSocketFile(join(folder.path, 'x'.repeat(100)))
  await assert.rejects(listenAtSocket(ownServer(t), file), /at most 103/)
})
