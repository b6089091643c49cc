import assert from 'node:assert/strict'
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { RawClient, type RawReply, rawRequest } from '../../src/testing/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder, type TemporaryFolder } from '../../src/testing/temporary-folder.ts'

// Goal: whatever a datagram holds, the answer is an ERROR or silence, and the next device is
// served. Method: raw datagrams to a server process; after each, a plain request must still be
// answered.

const RRQ = 1
const ACK = 4
const ERROR = 5
const OACK = 6

let site: TemporaryFolder
let server: ServerProcess

before(async () => {
  site = await temporaryFolder()
  await mkdir(join(site.path, 'cgi'))
  await writeFile(join(site.path, 'plain'), 'plain\n')
  await writeFile(join(site.path, 'long'), Buffer.alloc(4 * 1024 * 1024, 'x'))
  await writeFile(join(site.path, 'broken.cfg.j2'), 'first line\n{{ no_such_value }}\n')
  const script = (name: string, body: string): Promise<void> =>
    writeFile(join(site.path, 'cgi', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  await script('fails', 'echo secret-on-stderr >&2; exit 3')
  await script('nothing', ':')
  await writeFile(join(site.path, 'cgi', 'not-executable'), 'x', { mode: 0o644 })
  server = await startServerProcess(site.path)
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

const port = (): number => server.tftp[0]?.port ?? 0
const opcodeOf = ({ bytes }: RawReply): number => bytes.readUInt16BE(0)
const ackOf = (block: number): Buffer => Buffer.from([0, ACK, block >> 8, block & 0xff])

async function ask(...parts: readonly (string | Uint8Array)[]): Promise<RawReply> {
  await using client = await RawClient.open()
  client.send(rawRequest(RRQ, ...parts), port())
  return await client.reply()
}

/** The server still answers: and answers this device only after all that was sent before. */
async function assertAlive(): Promise<void> {
  await using client = await RawClient.open()
  client.send(rawRequest(RRQ, 'plain', 'octet'), port())
  const reply = await client.reply()
  assert.equal(reply.bytes.subarray(4).toString(), 'plain\n')
  client.send(ackOf(1), reply.port)
}

const refused: readonly [string, readonly (string | Uint8Array)[], number][] = [
  ['a name with ..', ['../../etc/passwd', 'octet'], 2],
  ['a name with .. behind backslashes', ['a\\..\\..\\etc\\passwd', 'octet'], 2],
  ['a name of 5,000 characters', ['x'.repeat(5000), 'octet'], 4],
  ['an empty name', ['', 'octet'], 4],
  ['invalid UTF-8 that is no file', [Buffer.from([0xff, 0xfe, 0x2f, 0xc0]), 'octet'], 1],
  ['mode mail', ['plain', 'mail'], 4],
  ['an unknown mode', ['plain', 'binary'], 4],
  ['a request without a mode', ['plain'], 4],
  ['a script that fails', ['cgi/fails', 'octet'], 0],
  ['a script that cannot be executed', ['cgi/not-executable', 'octet'], 0],
  ['a template with an error', ['broken.cfg', 'octet'], 0],
]

for (const [what, parts, code] of refused) {
  test(`a server answers ${what} with ERROR ${code}`, async () => {
    const reply = await ask(...parts)
    assert.equal(opcodeOf(reply), ERROR, reply.bytes.toString('latin1'))
    assert.equal(reply.bytes.readUInt16BE(2), code, reply.bytes.toString('latin1'))
    assert.doesNotMatch(reply.bytes.toString(), /secret|no_such_value|Error:|\/tmp/)
    await assertAlive()
  })
}

const tolerated: readonly [string, readonly string[], string | undefined][] = [
  ['an option without a value', ['blksize'], undefined],
  ['an empty value', ['blksize', ''], undefined],
  ['a negative value', ['blksize', '-5'], undefined],
  ['a huge value', ['blksize', '99999999999999999999'], 'blksize\u000065464\u0000'],
  ['a blksize of 7', ['blksize', '7'], undefined],
  ['an unknown option', ['shoesize', '44'], undefined],
  ['a timeout in milliseconds', ['timeout', '3000'], undefined],
  ['a duplicate option', ['blksize', '600', 'blksize', '700'], 'blksize\u0000600\u0000'],
  ['an upper case name', ['BLKSIZE', '600'], 'blksize\u0000600\u0000'],
  ['a bad option beside a good one', ['blksize', 'x', 'tsize', '0'], 'tsize\u00006\u0000'],
]

for (const [what, options, oack] of tolerated) {
  test(`a server tolerates ${what}`, async () => {
    const reply = await ask('plain', 'octet', ...options)
    if (oack === undefined) assert.equal(reply.bytes.subarray(4).toString(), 'plain\n')
    else {
      assert.equal(opcodeOf(reply), OACK)
      assert.equal(reply.bytes.subarray(2).toString('latin1').toLowerCase(), oack)
    }
    await assertAlive()
  })
}

const ignored: readonly [string, Uint8Array][] = [
  ['one byte', Buffer.from([0])],
  ['opcode 0', Buffer.from([0, 0, 1, 2])],
  ['opcode 9', Buffer.from([0, 9, 1, 2])],
  ['opcode 65535', Buffer.from([255, 255])],
  ['an ACK nobody waits for', ackOf(7)],
  ['an ERROR nobody waits for', Buffer.from([0, 5, 0, 1, 0x78, 0])],
  ['DATA nobody waits for', Buffer.from([0, 3, 0, 1, 0x78])],
  ['1400 bytes of 0xff', Buffer.alloc(1400, 0xff)],
]

for (const [what, bytes] of ignored) {
  test(`a server survives ${what}`, async () => {
    await using client = await RawClient.open()
    client.send(bytes, port())
    await assertAlive()
    for (const reply of client.pending) assert.equal(opcodeOf(reply), ERROR)
  })
}

test('a transfer goes on when a foreign port speaks to it, and the stranger hears ERROR 5', async () => {
  await using client = await RawClient.open()
  await using stranger = await RawClient.open()
  client.send(rawRequest(RRQ, 'long', 'octet'), port())
  const first = await client.reply()
  stranger.send(ackOf(1), first.port)
  const error = await stranger.reply()
  assert.deepEqual([opcodeOf(error), error.bytes.readUInt16BE(2)], [ERROR, 5])
  client.send(ackOf(1), first.port)
  const second = await client.reply()
  assert.equal(second.bytes.readUInt16BE(2), 2)
  assert.equal(second.port, first.port)
})

test('a file that shrinks while it is sent ends in an ERROR, never in a short file', async () => {
  const path = join(site.path, 'shrinks')
  await writeFile(path, Buffer.alloc(8 * 1024 * 1024, 'y'))
  await using client = await RawClient.open()
  client.send(rawRequest(RRQ, 'shrinks', 'octet'), port())
  let reply = await client.reply()
  await truncate(path, 1000)
  while (opcodeOf(reply) === 3) {
    assert.equal(reply.bytes.length, 516, 'a short block would mean a whole file')
    client.send(ackOf(reply.bytes.readUInt16BE(2)), reply.port)
    reply = await client.reply()
  }
  assert.equal(opcodeOf(reply), ERROR)
  const entry = await server.entry((one) => one.path === '/shrinks')
  assert.equal(entry.outcome, 'failed')
})

test('a request that cannot be read is in the journal', async () => {
  await ask('plain', 'mail')
  const entry = await server.entry(({ detail }) => /mode "mail"/.test(detail ?? ''))
  assert.equal(entry.path, 'plain')
  assert.equal(entry.outcome, 'refused')
})

test('a script that prints nothing is an empty file', async () => {
  const reply = await ask('cgi/nothing', 'octet', 'tsize', '0')
  assert.deepEqual([...reply.bytes], [0, 3, 0, 1])
})

test("a failed script's standard error is in the journal", async () => {
  const entry = await server.entry(({ path }) => path === '/cgi/fails')
  assert.equal(entry.outcome, 'failed')
  assert.match(entry.notes ?? '', /secret-on-stderr/)
  assert.match(entry.detail ?? '', /status 3/)
})
