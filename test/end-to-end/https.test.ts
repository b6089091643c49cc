import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:tls'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { JournalEntry } from '../../src/observe/journal.ts'
import { makeCertificate, withoutOpenssl } from '../../src/testing/certificates.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: what HTTP serves, HTTPS serves, and it knows a device by its certificate. Method: curl with
// certificates that are made here, and handshakes with which something is wrong.

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const ARGS = ['--tftp', '127.0.0.1:0', '--http', '127.0.0.1:0', '--https', '127.0.0.1:0']
const SECRET = 'correct horse'
const MAC = '001122334455'
const TLS = 'certificateFile: server.pem, keyFile: server.key, clientCaFile: makers.pem'
const skip = await withoutOpenssl()

let site: TemporaryFolder
let server: ServerProcess

function siteText(tls = TLS, more = ''): string {
  return `
tls: { ${tls} }
${more}
routes:
  - { match: /startup.cfg, template: phone.j2, known: true, share: all }
  - { match: "/SEP{mac}.cnf.xml", template: phone.j2, share: device }
  - { match: "/{path...}", static: . }
`
}

before(async () => {
  if (skip !== false) return
  const secure = siteText(TLS, 'secrets: { certificates: true }')
  site = await writtenFolder({
    'trivet.yaml': secure,
    'phone.j2': 'phone {{ device.id }} {{ values.sip.password }}\n',
    'readme.txt': 'as it is\n',
  })
  await writeFile(join(site.path, 'large.bin'), new Uint8Array(3_000_000).fill(7))
  await makeCertificates()
  trivet(['device', 'add', 'desk-7', '--mac', MAC, 'sip={"password":{"$secret":"sip"}}'])
  trivet(['device', 'add', 'desk-8', '--mac', '001122334466', 'sip={"password":"none"}'])
  trivet(['secret', 'set', 'sip'], SECRET)
  server = await startServerProcess(site.path, [...ARGS, '--admin', 'none'])
})

after(async () => {
  if (skip !== false) return
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

async function makeCertificates(): Promise<void> {
  const make = makeCertificate.bind(undefined, site.path)
  await make('ca', { subject: '/CN=our signer' })
  await make('makers', { subject: '/O=a manufacturer' })
  await make('strangers', { subject: '/O=somebody else' })
  const here = { alternativeNames: 'IP:127.0.0.1', signer: 'ca' }
  await make('server', { subject: '/CN=first', ...here })
  await make('second', { subject: '/CN=second', ...here })
  const phone = { subject: `/O=a manufacturer/CN=CP-8851-SEP${MAC}` }
  await make('phone', { ...phone, signer: 'makers' })
  await make('forged', { ...phone, signer: 'strangers' })
  await make('ended', { ...phone, signer: 'makers', days: -1 })
  const nameless = { subject: '/', alternativeNames: `DNS:${MAC}` }
  await make('nameless', { ...nameless, signer: 'makers' })
}

function trivet(args: readonly string[], input = ''): void {
  execFileSync(process.execPath, [MAIN, ...args], { cwd: site.path, input, stdio: 'pipe' })
}

function file(name: string): string {
  return join(site.path, name)
}

function origin(of = server): string {
  return `https://127.0.0.1:${of.https[0]?.port}`
}

function shown(name: string): string[] {
  return ['--cert', file(`${name}.pem`), '--key', file(`${name}.key`)]
}

/** The status and what came, by curl, which believes our signer alone. */
async function curl(path: string, args: readonly string[] = [], of = server): Promise<string> {
  const always = ['-sS', '--cacert', file('ca.pem'), '-w', ' %{http_code}']
  const { stdout } = await run('curl', [...always, ...args, `${origin(of)}${path}`])
  return stdout
}

function entryOf(path: string, more: (entry: JournalEntry) => boolean = () => true, of = server) {
  return of.entry((entry) => entry.path === path && entry.tls !== undefined && more(entry))
}

/** Whom a new connection meets. */
async function nameOfServer(of = server): Promise<string> {
  const port = of.https[0]?.port ?? 0
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

describe('serve --https', { skip }, () => {
  test('serve --https has the files of the routes, and the journal says how they went', async () => {
    assert.equal(await curl('/readme.txt'), 'as it is\n 200')
    const entry = await entryOf('/readme.txt')
    const { front, tls, outcome, local } = entry
    assert.deepEqual([front, tls, outcome], ['http', 'TLSv1.3', 'delivered'])
    assert.equal(local.port, server.https[0]?.port)
    assert.equal(entry.certificate, undefined)
    assert.equal(server.tryLines.at(-1)?.startsWith(`curl --insecure ${origin()}/`), true)
  })

  test('serve --https sends large files and parts of them whole', async () => {
    const args = ['-sS', '--cacert', file('ca.pem'), '-o', file('got'), `${origin()}/large.bin`]
    await run('curl', args)
    assert.deepEqual(await readFile(file('got')), await readFile(file('large.bin')))
    await run('curl', ['-r', '2999000-', ...args])
    assert.equal((await readFile(file('got'))).length, 1000)
  })

  test('serve --https knows a device by its certificate', async () => {
    assert.equal(await curl('/startup.cfg', shown('phone')), `phone desk-7 ${SECRET}\n 200`)
    const entry = await entryOf('/startup.cfg', ({ device }) => device !== undefined)
    assert.deepEqual([entry.device, entry.identifiedBy], ['desk-7', 'certificate'])
    assert.equal(entry.certificate, `O=a manufacturer, CN=CP-8851-SEP${MAC}`)
    assert.equal(await curl('/startup.cfg', shown('nameless')), `phone desk-7 ${SECRET}\n 200`)
  })

  test('serve --https knows nobody without one, or with one that counts not', async () => {
    assert.match(await curl('/startup.cfg'), / 404$/)
    const problems = { forged: /signed by nobody in tls\.clientCaFile/, ended: /it has expired/ }
    for (const [name, problem] of Object.entries(problems)) {
      assert.match(await curl('/startup.cfg', shown(name)), / 404$/)
      const is = ({ certificateProblem = '' }: JournalEntry): boolean =>
        problem.test(certificateProblem)
      assert.equal((await entryOf('/startup.cfg', is)).device, undefined)
    }
  })

  test('a certificate opens the secrets of its own device, and no name, header or agent does', async () => {
    const path = `/SEP${MAC}.cnf.xml`
    assert.equal(await curl(path, shown('phone')), `phone desk-7 ${SECRET}\n 200`)
    const agent = `Yealink SIP-T46S 66.86.0.15 ${MAC.replaceAll(/..\B/g, '$&:')}`
    const header = ['-H', `X-Arista-SystemMAC: ${MAC}`]
    for (const args of [[], shown('forged'), shown('ended'), ['-A', agent], header]) {
      assert.match(await curl(path, args), /withheld\n 403$/)
    }
    assert.match(await curl('/startup.cfg', ['-A', agent]), /withheld\n 403$/)
  })

  test("a certificate does not open another device's secrets, nor change its file", async () => {
    assert.equal(await curl('/SEP001122334466.cnf.xml', shown('phone')), 'phone desk-8 none\n 200')
    const entry = await entryOf('/SEP001122334466.cnf.xml')
    assert.match(entry.identityConflict ?? '', /certificate .* says desk-7, not desk-8/)
  })

  test('serve --https never serves its key', async () => {
    assert.match(await curl('/server.key'), / 404$/)
    assert.match(await curl('/server.pem'), / 200$/)
  })

  test('serve --https says why a handshake fails', async () => {
    const plain = `http://127.0.0.1:${server.https[0]?.port}/`
    await assert.rejects(run('curl', ['-sS', plain]))
    await assert.rejects(run('curl', ['-sS', `${origin()}/`]))
    const old = ['--tls-max', '1.1', '--tlsv1', '--ciphers', 'DEFAULT@SECLEVEL=0']
    await assert.rejects(curl('/readme.txt', old))
    await server.logged(/HTTP without TLS/)
    await server.logged(/not know who signed/)
    await server.logged(/only an older TLS/)
  })
})

describe('serve --https with other settings', { skip }, () => {
  test('a certificate that is required is asked for in words, and workers change nothing', async () => {
    // One configuration in a folder: the name says which.
    await using place = await writtenFolder({ 'trivet.yaml': '' })
    const tls = TLS.replaceAll(/(\w+\.(?:pem|key))/g, `${site.path}/$1`)
    await writeFile(
      join(place.path, 'trivet.yaml'),
      `tls: { ${tls}, clientCertificates: required }\nroutes: [{ match: /a, static: { file: a } }]\n`,
    )
    await writeFile(join(place.path, 'a'), 'a\n')
    const args = [...ARGS, '--admin', 'none', '--workers', '2']
    await using strict = await startServerProcess(place.path, args)
    assert.equal(await curl('/a', [], strict), 'A client certificate is needed\n 403')
    const { refusal, detail = '' } = await entryOf('/a', () => true, strict)
    assert.deepEqual([refusal, detail.endsWith('it sent none')], ['ACCESS_DENIED', true])
    assert.match(await curl('/a', shown('forged'), strict), / 403$/)
    assert.equal(await curl('/a', shown('phone'), strict), 'a\n 200')
    const { status } = await fetch(`http://127.0.0.1:${strict.http[0]?.port}/a`)
    assert.equal(status, 200)
  })

  test('an old client is served where minVersion says so', async () => {
    await using place = await writtenFolder({ a: 'a\n' })
    const tls = TLS.replaceAll(/(\w+\.(?:pem|key))/g, `${site.path}/$1`)
    await writeFile(
      join(place.path, 'trivet.yaml'),
      `tls: { ${tls}, minVersion: TLSv1 }\nroutes: [{ match: /a, static: { file: a } }]\n`,
    )
    await using old = await startServerProcess(place.path, [...ARGS, '--admin', 'none'])
    const args = ['--tls-max', '1.0', '--tlsv1.0', '--ciphers', 'DEFAULT@SECLEVEL=0']
    assert.equal(await curl('/a', args, old), 'a\n 200')
    assert.equal((await entryOf('/a', () => true, old)).tls, 'TLSv1')
  })

  test('a certificate that is replaced counts for new connections; half a pair does not', async () => {
    await using place = await writtenFolder({ a: 'a\n' })
    const pair = async (name: string, part: 'pem' | 'key'): Promise<void> => {
      await copyFile(file(`${name}.${part}`), join(place.path, `own.${part}`))
    }
    await pair('server', 'pem')
    await pair('server', 'key')
    const text =
      'tls: { certificateFile: own.pem, keyFile: own.key }\nroutes: [{ match: /a, static: { file: a } }]\n'
    await writeFile(join(place.path, 'trivet.yaml'), text)
    await using followed = await startServerProcess(place.path, [...ARGS, '--admin', 'none'])
    assert.equal(await nameOfServer(followed), 'first')
    await pair('second', 'pem')
    await followed.logged(/goes on with the certificate it has: The key in .* does not belong/)
    assert.equal(await nameOfServer(followed), 'first')
    await pair('second', 'key')
    await followed.logged(/TLS has a new certificate/)
    assert.equal(await nameOfServer(followed), 'second')
    assert.equal(await curl('/a', [], followed), 'a\n 200')
  })

  test('serve and check say what is wrong with a certificate', async () => {
    await using place = await writtenFolder({ a: 'a\n' })
    const text = `tls: { certificateFile: ${file('server.pem')}, keyFile: ${file('second.key')} }\n`
    await writeFile(
      join(place.path, 'trivet.yaml'),
      `${text}routes: [{ match: /a, static: { file: a } }]\n`,
    )
    const wrong = /The key in .*second\.key does not belong to the certificate in .*server\.pem/
    await assert.rejects(startServerProcess(place.path, [...ARGS, '--admin', 'none']), wrong)
    const checked = await run(process.execPath, [MAIN, 'check', place.path]).catch((error) => error)
    assert.match(checked.stdout, /tls\.keyFile: The key in/)
    assert.equal(checked.code, 1)
    await writeFile(
      join(place.path, 'trivet.yaml'),
      'routes: [{ match: /a, static: { file: a } }]\n',
    )
    await assert.rejects(
      startServerProcess(place.path, [...ARGS, '--admin', 'none']),
      /Cannot listen for HTTPS: the configuration has no `tls`/,
    )
  })
})

describe('serve with an inventory', { skip }, () => {
  test('serve ends when it cannot listen', async () => {
    const taken = (front: 'http' | 'https'): string => `127.0.0.1:${server[front][0]?.port}`
    const tftp = ['--tftp', '127.0.0.1:0', '--admin', 'none']
    const tries = [
      ['--http', '127.0.0.1:0', '--http', taken('http'), '--no-https'],
      ['--http', '127.0.0.1:0', '--https', taken('https')],
    ]
    for (const args of tries) {
      const starting = startServerProcess(site.path, [...tftp, ...args])
      await assert.rejects(starting, /ended with status 1: .*another program has it/)
    }
  })
})

describe('docs/https.md', { skip }, () => {
  test('docs/https.md shows commands that lead to a device with a certificate', async () => {
    const page = await readFile(new URL('../../docs/https.md', import.meta.url), 'utf8')
    const block = (language: string): string =>
      new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1] ?? assert.fail(language)
    await using place = await writtenFolder({
      'trivet.yaml': block('yaml'),
      'startup.cfg.j2': 'hostname {{ device.id }}\n',
      'files/': '',
    })
    execFileSync('sh', ['-ec', block('sh')], { cwd: place.path, stdio: 'pipe' })
    const lines = block('console').trim().split('\n')
    const [add = '', , ...asked] = lines
    const own = add.replace('$ trivet', `"${process.execPath}" "${MAIN}"`)
    execFileSync('sh', ['-ec', own], { cwd: place.path, stdio: 'pipe' })
    await using shownServer = await startServerProcess(place.path, [...ARGS, '--admin', 'none'])
    for (let index = 0; index < asked.length; index += 2) {
      const command = asked[index]?.replace('https://127.0.0.1:8443', origin(shownServer)) ?? ''
      const { stdout } = await run('sh', ['-ec', command.replace('$ curl', 'curl -sS')], {
        cwd: place.path,
      })
      assert.equal(stdout.trim(), asked[index + 1])
    }
  })
})
