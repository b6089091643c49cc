import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type PhpFpm, phpFpmProgram, startPhpFpm } from '../../src/testing/php-fpm.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder, type TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { isInstalled, realClients, runClient } from './clients.ts'

// Goal: an application that people have makes files for devices, as it is. Method: one in PHP, one
// in Python, one of Express and one of Hono, the same requests by TFTP and HTTP from real clients,
// bytes compared with what they have to be.

const run = promisify(execFile)
const applications = fileURLToPath(new URL('../applications', import.meta.url))

const names = ['php', 'python', 'express', 'hono'] as const

/** What is asked of each, and what comes. */
const files: Readonly<Record<string, Buffer>> = {
  'SEP001122AABBCC.cnf.xml': Buffer.from('<device><mac>001122aabbcc</mac></device>\n'),
  'switch.cfg?name=sw7&vlan=20': Buffer.from('hostname sw7\nvlan 20\n'),
  'firmware.bin': Buffer.from(Array.from({ length: 102_400 }, (_, i) => i * 7 + (i >> 8))),
  empty: Buffer.alloc(0),
  'slow.cfg': Buffer.from('slow\n'),
}

const hasPython = await run('python3', ['--version']).then(
  () => true,
  () => false,
)
const tftpClients = realClients.filter(({ name }) => name !== 'atftp')
const missing = [
  ...(phpFpmProgram() === undefined ? ['php-fpm'] : []),
  ...(hasPython ? [] : ['python3']),
]
for (const client of tftpClients) if (!(await isInstalled(client))) missing.push(client.package)
const skip = missing.length > 0 && `not installed (Debian packages ${missing.join(', ')})`

let folder: TemporaryFolder
let php: PhpFpm
let express: ChildProcess
let server: ServerProcess
let fileCount = 0

/** Commands that write what they get into a file: every TFTP client, and two of HTTP. */
const ways = [
  ...tftpClients.map((client) => ({
    name: `${client.name} by TFTP`,
    command: (remote: string, local: string) =>
      client.get({
        host: '127.0.0.1',
        port: server.tftp[0]?.port ?? 0,
        // curl leaves the query out of a TFTP name that is not written so.
        remote: client.name === 'curl' ? remote.replace('?', '%3F') : remote,
        local,
      }),
  })),
  {
    name: 'curl by HTTP',
    command: (remote: string, local: string) => ['curl', '-sSf', '-o', local, url(remote)],
  },
  {
    name: 'busybox by HTTP',
    command: (remote: string, local: string) => ['busybox', 'wget', '-O', local, url(remote)],
  },
]

function url(remote: string): string {
  return `http://127.0.0.1:${server.http[0]?.port}/${remote}`
}

function siteText(expressPort: string): string {
  return `
routes:
  - match: /php/{path...}
    fastcgi: { socket: ../fpm.sock, root: www, script: phones.php }
  - match: /python/{path...}
    cgi: { script: phones.py, environment: { PATH: "${process.env['PATH']}" } }
  - match: /express/{path...}
    upstream: "http://127.0.0.1:${expressPort}/{path}?{query}"
  - match: /hono/{path...}
    handler: { module: "${join(applications, 'hono-phones.ts')}", export: app }
`
}

async function startExpress(): Promise<string> {
  const module = join(applications, 'express-phones.ts')
  express = spawn(process.execPath, [module], { stdio: ['ignore', 'pipe', 'inherit'] })
  assert.ok(express.stdout)
  const [port] = (await once(createInterface({ input: express.stdout }), 'line')) as [string]
  return port
}

/** What a client has written, and what it said. */
async function fetched(way: (typeof ways)[number], remote: string) {
  fileCount += 1
  const local = join(folder.path, `got-${fileCount}`)
  const { status, output } = await runClient(way.command(remote, local))
  return { bytes: await readFile(local).catch(() => undefined), status, output }
}

describe('applications', { skip }, () => {
  before(async () => {
    folder = await temporaryFolder()
    // PHP-FPM reads it as another user.
    await chmod(folder.path, 0o755)
    const site = join(folder.path, 'site')
    await mkdir(join(site, 'www'), { recursive: true })
    await copyFile(join(applications, 'phones.php'), join(site, 'www/phones.php'))
    await copyFile(join(applications, 'phones.py'), join(site, 'phones.py'))
    php = await startPhpFpm(folder.path)
    await writeFile(join(site, 'trivet.yaml'), siteText(await startExpress()))
    server = await startServerProcess(site)
  })

  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await php?.[Symbol.asyncDispose]()
    if (express?.kill('SIGTERM')) await once(express, 'exit')
    await folder?.[Symbol.asyncDispose]()
  })

  for (const name of names) {
    for (const [path, wanted] of Object.entries(files)) {
      test(`${name} gives ${path} to every client, by TFTP and by HTTP`, async () => {
        const all = await Promise.all(ways.map((way) => fetched(way, `${name}/${path}`)))
        for (const [index, { bytes, output }] of all.entries()) {
          assert.deepEqual(bytes, wanted, `${ways[index]?.name}: ${output}`)
        }
      })
    }

    test(`${name} has no such file, and every client hears that`, async () => {
      for (const [index, way] of ways.entries()) {
        const remote = `${name}/missing-${index}.cfg`
        const { bytes, status, output } = await fetched(way, remote)
        // tftp-hpa says so and exits with 0 when told its command by -c, and leaves an empty file.
        assert.ok(status !== 0 || /not found/i.test(output), `${way.name}: ${output}`)
        assert.equal(bytes?.length ?? 0, 0)
        const { front, outcome } = await server.entry(({ path }) => path === `/${remote}`)
        const expected = way.name.endsWith('HTTP') ? 'http' : 'tftp'
        assert.deepEqual([front, outcome], [expected, 'missing'], way.name)
      }
    })
  }
})
