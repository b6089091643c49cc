import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { RawClient, rawRequest } from '../../src/testing/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder, type TemporaryFolder } from '../../src/testing/temporary-folder.ts'

// Goal: what docs/uploads.md promises holds for a server as users run it: what was acknowledged is
// on disk, what breaks off leaves nothing. Method: its own examples, clients that die, a server
// that is killed, a disk that is full.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const PAGE = new URL('../../docs/uploads.md', import.meta.url)
const ERROR = 5

interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

function run(command: string, args: readonly string[], cwd = '/'): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

/** The block of the page that begins so. */
async function block(info: string): Promise<string> {
  const page = await readFile(PAGE, 'utf8')
  const [, text = assert.fail()] =
    new RegExp(`^\`\`\`${info}\\n([^]*?)^\`\`\`$`, 'm').exec(page) ?? []
  return text
}

/** The site of the page. */
async function site(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder()
  await writeFile(join(folder.path, 'trivet.yaml'), await block('yaml'))
  assert.equal((await run('sh', ['-ec', await block('sh')], folder.path)).status, 0)
  return folder
}

/** Files on their way. */
function onTheirWay(folder: string): string[] {
  return ['phone-logs/.trivet-incoming', '.trivet/uploads/incoming'].flatMap((one) => {
    const path = join(folder, one)
    return existsSync(path) ? readdirSync(path) : []
  })
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(setImmediate)
}

/** Uploads by TFTP as the simplest of clients does. @returns The ERROR's code, or undefined. */
async function putByTftp(name: string, bytes: Buffer, port: number): Promise<number | undefined> {
  await using client = await RawClient.open()
  client.send(rawRequest(2, name, 'octet'), port)
  for (let number = 0; ; number += 1) {
    const { bytes: reply, port: from } = await client.reply()
    if (reply.readUInt16BE(0) === ERROR) return reply.readUInt16BE(2)
    const block = bytes.subarray(number * 512, (number + 1) * 512)
    const header = Buffer.from([0, 3, (number + 1) >> 8, (number + 1) & 255])
    client.send(Buffer.concat([header, block]), from)
    if (block.length < 512) {
      const { bytes: last } = await client.reply()
      return last.readUInt16BE(0) === ERROR ? last.readUInt16BE(2) : undefined
    }
  }
}

describe('uploads', () => {
  let folder: TemporaryFolder
  let server: ServerProcess
  const http = (path: string): string => `http://127.0.0.1:${server.http[0]?.port}/${path}`
  const tftpPort = (): number => server.tftp[0]?.port ?? 0

  before(async () => {
    folder = await site()
    server = await startServerProcess(folder.path)
  })

  after(async () => {
    await server[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  test('docs/uploads.md shows commands that do what it says', async () => {
    const bin = join(folder.path, 'bin')
    await mkdir(bin)
    await writeFile(join(bin, 'trivet'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`, {
      mode: 0o755,
    })
    const commands = (await block('sh example'))
      .replace('127.0.0.1:6969', `127.0.0.1:${tftpPort()}`)
      .replace('127.0.0.1:8069', `127.0.0.1:${server.http[0]?.port}`)
    const { stdout, stderr } = await run(
      'sh',
      ['-c', `PATH="${bin}:$PATH"\n${commands}`],
      folder.path,
    )
    assert.equal(stderr, '')
    assert.equal(stdout.replaceAll(/\t\S+Z$/gm, '\t2026-01-01T00:00:00.000Z'), await block('diff'))
    const { notes, outcome } = await server.entry(({ path }) => path === '/sw1-confg')
    assert.deepEqual([outcome, notes], ['delivered', 'kept as "sw1-confg", upload 1, 20 bytes'])
    assert.match(server.errorText(), /sw1-confg is saved, 20 characters/)
  })

  test('trivet uploads lists, shows and compares', async () => {
    for (const text of ['one\n', 'two\n', 'two\n']) {
      await fetch(http('sw2-confg'), { method: 'PUT', body: text })
    }
    const trivet = (...args: readonly string[]): Promise<Ran> =>
      run(process.execPath, [MAIN, 'uploads', ...args, '--site', folder.path])
    const list = await trivet('list', '--device', '127.0.0.1')
    assert.match(
      list.stdout,
      /^sw2-confg +1 to 3 +4 +\S+ \S+ +127\.0\.0\.1 +address 127\.0\.0\.1 +state$/m,
    )
    assert.equal((await trivet('list', '--device', 'desk-7')).stdout, 'Nothing is kept\n')
    assert.equal((await trivet('show', 'sw2-confg')).stdout, 'two\n')
    assert.equal((await trivet('show', 'sw2-confg', '--version', '1')).stdout, 'one\n')
    const same = await trivet('diff', 'sw2-confg')
    assert.deepEqual([same.status, same.stdout], [0, ''])
    const differs = await trivet('diff', 'sw2-confg', '1')
    assert.match(differs.stdout, /^-one\n\+two$/m)
    assert.equal(differs.status, 1)
    const json = JSON.parse((await trivet('show', 'sw2-confg', '--json')).stdout) as {
      text: string
      version: { number: number }
    }
    assert.deepEqual([json.text, json.version.number], ['two\n', 3])
    const missing = await trivet('show', 'sw2-confg', '--version', '9')
    assert.deepEqual(
      [missing.status, missing.stderr],
      [1, 'trivet: "sw2-confg" has no version 9; kept: 1, 2, 3\n'],
    )
    assert.equal((await trivet('show', 'none')).status, 1)
  })

  test('a log is added to, whatever the spelling of the MAC', async () => {
    for (const mac of ['0004F2ABCDEF', '00-04-f2-ab-cd-ef']) {
      assert.equal(
        await putByTftp(`${mac}-boot.log`, Buffer.from(`${mac}\n`), tftpPort()),
        undefined,
      )
    }
    const log = await readFile(join(folder.path, 'phone-logs/0004f2abcdef-boot.log'), 'utf8')
    assert.equal(log, '0004F2ABCDEF\n00-04-f2-ab-cd-ef\n')
  })

  test('200 uploads at once are all there, whole', async () => {
    const bytes = (index: number): Buffer => Buffer.alloc(3000 + index, String(index))
    const macs = Array.from(
      { length: 200 },
      (_, index) => `0004f2${String(index).padStart(6, '0')}`,
    )
    // One address has a quota of 100 files by each of two kinds of place.
    const name = (mac: string, index: number): string =>
      index < 90 ? `${mac}-phone.cfg` : index < 180 ? `sw${mac}-confg` : '0004f2ffffff-app.log'
    const errors = await Promise.all(
      macs.map((mac, index) => putByTftp(name(mac, index), bytes(index), tftpPort())),
    )
    assert.deepEqual(
      errors,
      macs.map(() => undefined),
    )
    for (const [index, mac] of macs.slice(0, 90).entries()) {
      const kept = await readFile(join(folder.path, 'phone-logs', name(mac, index)))
      assert.deepEqual(kept, bytes(index))
    }
    for (const [index, mac] of macs.slice(0, 180).entries()) {
      if (index < 90) continue
      assert.equal(
        server.entries.some(({ path }) => path === `/${name(mac, index)}`),
        true,
      )
    }
    const log = await readFile(join(folder.path, 'phone-logs/0004f2ffffff-app.log'))
    assert.equal(
      log.length,
      macs.slice(180).reduce((sum, _, index) => sum + 3180 + index, 0),
    )
    assert.deepEqual(onTheirWay(folder.path), [])
  })

  test('a TFTP client that breaks off leaves nothing', async () => {
    await using client = await RawClient.open()
    client.send(rawRequest(2, '0004f2000001-phone.cfg', 'octet'), tftpPort())
    const { port } = await client.reply()
    client.send(Buffer.concat([Buffer.from([0, 3, 0, 1]), Buffer.alloc(512)]), port)
    await client.reply()
    client.send(Buffer.from([0, 5, 0, 0, 0x6e, 0x6f, 0]), port)
    const entry = await server.entry(
      ({ path, outcome }) => path === '/0004f2000001-phone.cfg' && outcome === 'aborted',
    )
    assert.equal(entry.method, 'WRQ')
    await until(() => onTheirWay(folder.path).length === 0)
  })

  test('an HTTP client that breaks off leaves nothing', async () => {
    const socket = connect(server.http[0]?.port ?? 0, '127.0.0.1')
    socket.write('PUT /cut-confg HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nhalf')
    await until(() => onTheirWay(folder.path).length === 1)
    socket.destroy()
    await server.entry(({ path }) => path === '/cut-confg')
    await until(() => onTheirWay(folder.path).length === 0)
    const { status } = await run(process.execPath, [
      MAIN,
      'uploads',
      'show',
      'cut-confg',
      '--site',
      folder.path,
    ])
    assert.equal(status, 1)
  })

  test('an upload over the limit is refused before anything of it is sent', async () => {
    await using client = await RawClient.open()
    const announced = rawRequest(2, 'large-confg', 'octet', 'tsize', '1048577')
    client.send(announced, tftpPort())
    const { bytes } = await client.reply()
    assert.deepEqual([bytes.readUInt16BE(0), bytes.readUInt16BE(2)], [ERROR, 3])
    const body = Buffer.alloc(1_048_577)
    const { status } = await fetch(http('large-confg'), { method: 'PUT', body })
    assert.equal(status, 413)
    assert.deepEqual(onTheirWay(folder.path), [])
  })

  test('a read of a route that only takes uploads is refused', async () => {
    assert.equal((await fetch(http('sw1-confg'))).status, 405)
  })
})

test('a server that was killed in mid-upload leaves nothing behind once it runs again', async () => {
  await using folder = await site()
  await using server = await startServerProcess(folder.path)
  const kept = await fetch(`http://127.0.0.1:${server.http[0]?.port}/kept-confg`, {
    method: 'PUT',
    body: 'acknowledged',
  })
  assert.equal(kept.status, 201)
  const socket = connect(server.http[0]?.port ?? 0, '127.0.0.1').on('error', () => {})
  socket.write('PUT /lost-confg HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nhalf')
  await until(() => onTheirWay(folder.path).length === 1)
  await server[Symbol.asyncDispose]()
  socket.destroy()
  assert.equal(onTheirWay(folder.path).length, 1)
  await using again = await startServerProcess(folder.path)
  assert.deepEqual(onTheirWay(folder.path), [])
  const args = [MAIN, 'uploads', 'show', 'kept-confg', '--site', folder.path]
  assert.equal((await run(process.execPath, args)).stdout, 'acknowledged')
  assert.equal(again.entries.length, 0)
})

test('a full disk is ERROR 3 and 507, and leaves nothing', async () => {
  await using folder = await site()
  await using server = await startServerProcess(folder.path)
  // No file of the server may have more bytes: a full disk that needs no privileges.
  const limit = ['--pid', String(server.process.pid), '--fsize=200000:200000']
  assert.equal((await run('prlimit', limit)).status, 0)
  const bytes = Buffer.alloc(300_000, 'x')
  assert.equal(await putByTftp('full-confg', bytes, server.tftp[0]?.port ?? 0), 3)
  const url = `http://127.0.0.1:${server.http[0]?.port}`
  const { status } = await fetch(`${url}/full-confg`, { method: 'PUT', body: bytes })
  assert.equal(status, 507)
  const entry = await server.entry(({ method }) => method === 'WRQ')
  assert.deepEqual([entry.outcome, entry.refusal], ['refused', 'STORAGE_FULL'])
  assert.deepEqual(onTheirWay(folder.path), [])
  const small = await fetch(`${url}/full-confg`, { method: 'PUT', body: 'small' })
  assert.equal(small.status, 201)
})

test('uploads in the state are not served as files, wherever the state is', async () => {
  await using folder = await temporaryFolder()
  await writeFile(
    join(folder.path, 'trivet.yaml'),
    'routes:\n  - { match: "/{name}-confg", uploads: {} }\n  - { match: "/{path...}", static: . }\n',
  )
  const listen = ['--tftp', '127.0.0.1:0', '--http', '127.0.0.1:0', '--admin', 'none']
  await using server = await startServerProcess(folder.path, [
    ...listen,
    '--state',
    join(folder.path, 'state'),
  ])
  const url = `http://127.0.0.1:${server.http[0]?.port}`
  assert.equal((await fetch(`${url}/sw1-confg`, { method: 'PUT', body: 'secret' })).status, 201)
  const kept = readdirSync(join(folder.path, 'state/uploads'), { recursive: true })
    .map(String)
    .filter((name) => /\/(?:1|record\.json)$/.test(name))
  assert.equal(kept.length, 2)
  for (const name of kept) {
    assert.equal((await fetch(`${url}/state/uploads/${name}`)).status, 404, name)
  }
})

const withoutMounts = await noMounts()

test('a disk without room is ERROR 3 and 507, and has it again', {
  skip: withoutMounts,
}, async () => {
  await using folder = await site()
  const disk = join(folder.path, 'phone-logs')
  const mounted = 'mount -t tmpfs -o size=256k none "$0" && exec "$@"'
  const listen = ['--tftp', '127.0.0.1:0', '--http', '127.0.0.1:0', '--admin', 'none']
  const within = ['unshare', '-Urm', 'sh', '-c', mounted, disk]
  await using server = await startServerProcess(folder.path, listen, {}, within)
  const bytes = Buffer.alloc(300_000, 'x')
  const name = '0004f2000001-phone.cfg'
  const url = `http://127.0.0.1:${server.http[0]?.port}/${name}`
  const put = async (body: BodyInit): Promise<readonly [number, string]> => {
    const init = { method: 'PUT', body, duplex: 'half' } as const
    const response = await fetch(url, init)
    return [response.status, await response.text()]
  }
  assert.deepEqual(await put(bytes), [507, 'The disk is full\n'])
  // Nobody says how much comes: the disk itself is what says no.
  assert.deepEqual(await put(new Blob([bytes]).stream()), [507, 'The disk is full\n'])
  assert.equal(await putByTftp(name, bytes, server.tftp[0]?.port ?? 0), 3)
  const details = server.entries.map(({ detail }) => detail ?? '')
  assert.match(details[1] ?? '', /ENOSPC/)
  // Nothing of them is left: almost all of the disk is free.
  const most = 'y'.repeat(200_000)
  assert.deepEqual(await put(most), [201, ''])
  assert.equal(await (await fetch(url)).text(), most)
})

/** Why no file system can be mounted where nobody else sees it; false when one can. */
async function noMounts(): Promise<string | false> {
  const { status } = await run('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'none', '/mnt'])
  return status === 0 ? false : 'no file system can be mounted in a namespace of its own'
}
