import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Setting } from '../../src/protocol/docsis/setting.ts'
import { fileSettings } from '../../src/protocol/docsis/settings.ts'
import { docsisContent } from '../../src/server/docsis-content.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: docs/docsis.md is true, and so is the path from YAML to the modem. Method: its table is
// compared with that of the code; its site is served by the real server and asked by TFTP and HTTP.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const page = readFileSync(new URL('../../docs/docsis.md', import.meta.url), 'utf8')

/** The block that begins with this line. */
function block(first: string): string {
  const found = [...page.matchAll(/^```\w+\n([^]*?)^```$/gm)].map(([, text = '']) => text)
  return found.find((text) => text.startsWith(first)) ?? assert.fail(`no block "${first}"`)
}

function trivet(args: readonly string[], input?: Uint8Array) {
  const options = { cwd: folder.path, ...(input === undefined ? {} : { input }) }
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], options)
  return { status, bytes: stdout, stdout: stdout.toString(), stderr: stderr.toString() }
}

const WRONG_MODEM = `  modem-3:
    macs: [00:10:95:00:00:03]
    classes: [gold]
    values: { modem: { downstream: fast } }
`

let folder: TemporaryFolder
let server: ServerProcess

before(async () => {
  folder = await writtenFolder({
    'trivet.yaml': block('# trivet.yaml'),
    'docsis/modem.yaml.j2': block('{# docsis/modem.yaml.j2 #}'),
    'docsis/shared-secret': 'swordfish\n',
    'modem.yaml': block('# modem.yaml'),
    'inventory.yaml': `${block('# inventory.yaml')}${WRONG_MODEM}`,
  })
  assert.equal(trivet(['apply', 'inventory.yaml']).status, 0)
  server = await startServerProcess(folder.path)
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const overTftp = (name: string) =>
  trivet(['get', `tftp://127.0.0.1:${server.tftp[0]?.port}/${name}`, '--quiet'])

async function overHttp(name: string): Promise<Response> {
  return await fetch(`http://127.0.0.1:${server.http[0]?.port}/${name}`)
}

/** A row for each setting; those that another has as well are named once. */
function rowsOf(settings: readonly Setting[], above = { name: '', number: '' }): string[] {
  return settings.flatMap(({ type, name, section, holds }) => {
    const path = { name: above.name + name, number: above.number + type }
    const takes = takesOf(holds, path.name)
    const own = `| \`${path.name}\` | ${path.number} | ${takes} | ${section} |`
    if (holds.form !== 'settings' || takes.startsWith('as ')) return [own]
    return [own, ...rowsOf(holds.settings, { name: `${path.name}.`, number: `${path.number}.` })]
  })
}

const firstNames = new Map<readonly Setting[], string>()

function takesOf(holds: Setting['holds'], name: string): string {
  if (holds.form === 'value') return holds.codec.allowed
  if (holds.form === 'pieces') return 'bytes in hex, of any length'
  const first = firstNames.get(holds.settings)
  if (first !== undefined) return `as \`${first}\``
  firstNames.set(holds.settings, name)
  return 'settings'
}

test('docs/docsis.md has a row for every setting, as the code has it', () => {
  const lines = page.split('\n').filter((line) => line.startsWith('| `'))
  const rows = rowsOf(fileSettings)
  const missing = rows.filter((row) => !lines.includes(row))
  assert.equal(missing.join('\n'), '', 'rows to put into the page')
  const stale = lines.filter((line) => /^\| `[A-Z]/.test(line) && !rows.includes(line))
  assert.equal(stale.join('\n'), '', 'rows to take out of the page')
})

test('a modem gets its file by TFTP and HTTP, the same bytes, with both checks right', async () => {
  const { bytes, stderr } = overTftp('cm/001095000002.cm')
  assert.equal(stderr, '')
  const response = await overHttp('cm/00-10-95-00-00-02.cm')
  assert.equal(response.headers.get('content-type'), 'application/octet-stream')
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes)
  const { settings, cmMic, cmtsMic } = docsisContent(bytes, Buffer.from('swordfish'))
  assert.deepEqual([cmMic, cmtsMic], ['right', 'right'])
  const { MaxCPE, ProvisionedAddress, DsServiceFlow } = settings as Record<string, unknown>
  assert.deepEqual([MaxCPE, ProvisionedAddress], [4, '127.0.0.1'])
  assert.deepEqual(DsServiceFlow, {
    ServiceFlowRef: 2,
    QosParameterSetType: 7,
    MaxSustainedRate: 500_000_000,
  })
})

test('the secret and the template are served to nobody', async () => {
  assert.equal((await overHttp('docsis/shared-secret')).status, 404)
  assert.equal((await overHttp('docsis/modem.yaml.j2')).status, 404)
})

test('trivet docsis decode prints what docs/docsis.md shows, and encode makes the same file', () => {
  const args = ['--secret-file', 'docsis/shared-secret']
  const made = trivet(['docsis', 'encode', 'modem.yaml', ...args])
  assert.equal(made.stderr, '')
  const [, ...shown] = block('$ trivet docsis decode').split('\n')
  const read = trivet(['docsis', 'decode', '-', ...args], made.bytes)
  assert.deepEqual([read.stdout, read.status], [shown.join('\n'), 0])
  const again = trivet(['docsis', 'encode', '-', ...args], Buffer.from(read.stdout))
  assert.deepEqual(again.bytes, made.bytes)
  const json = JSON.parse(trivet(['docsis', 'decode', '-', '--json'], made.bytes).stdout)
  assert.deepEqual([json.cmMic, json.cmtsMic, json.isEnded], ['right', 'unchecked', true])
})

test('trivet docsis decode fails for a file that is changed or cut off', () => {
  const args = ['--secret-file', 'docsis/shared-secret']
  const { bytes } = trivet(['docsis', 'encode', 'modem.yaml', ...args])
  const changed = Buffer.from(bytes)
  changed[2] = 0
  const read = trivet(['docsis', 'decode', '-', ...args], changed)
  assert.deepEqual(
    [read.status, read.stdout.split('\n').slice(0, 2)],
    [1, ['# CM MIC: wrong', '# CMTS MIC: wrong']],
  )
  const cut = trivet(['docsis', 'decode', '-'], bytes.subarray(0, 12))
  assert.deepEqual([cut.status, cut.stderr.includes('is cut off')], [2, true])
})

test('trivet docsis encode tells of what docs/docsis.md shows, with its line', async () => {
  const yaml = block('# wrong.yaml')
  const { status, stderr } = trivet(
    ['docsis', 'encode', '-', '--secret-file', 'docsis/shared-secret'],
    Buffer.from(yaml),
  )
  const expected = block('wrong.yaml:').replaceAll('wrong.yaml', 'standard input')
  assert.deepEqual([status, stderr], [2, expected])
})

test('trivet check tells of a template and a secret that are not there', async () => {
  const yaml = block('# trivet.yaml').replaceAll(' docsis/', ' nowhere/')
  await using other = await writtenFolder({ 'trivet.yaml': yaml })
  const { status, stdout, stderr } = trivet(['check', other.path])
  assert.equal(status, 1, stderr)
  assert.match(stdout + stderr, /routes\[0\]\.docsis\.template: no file "nowhere\/modem\.yaml\.j2"/)
  assert.match(
    stdout + stderr,
    /routes\[0\]\.docsis\.sharedSecretFile: no file "nowhere\/shared-secret"/,
  )
})

test('a modem whose settings are wrong gets an error, and the journal the line', async () => {
  const { status, stderr } = overTftp('cm/001095000003.cm')
  assert.notEqual(status, 0)
  assert.match(stderr, /The settings of this modem are wrong/)
  const entry = await server.entry(({ path }) => path === '/cm/001095000003.cm')
  assert.match(JSON.stringify(entry), /line \d+ DsServiceFlow\.MaxSustainedRate: found .{1,4}fast/)
})
