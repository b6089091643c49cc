import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: a change of a class reaches a device in its next read. Method: the page's own example, with
// the server and the commands as processes of their own.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const page = readFileSync(new URL('../../docs/inventory.md', import.meta.url), 'utf8')

let site: TemporaryFolder
let server: ServerProcess

before(async () => {
  site = await writtenFolder({
    'trivet.yaml': block('yaml'),
    'phone.xml.j2': block('jinja'),
    'files/unknown.txt': 'who are you\n',
  })
  server = await startServerProcess(site.path)
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

function block(language: string): string {
  const [, text] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page) ?? []
  return text ?? assert.fail(`the page has a block of ${language}`)
}

interface Result {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

function trivet(...args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    const options = { cwd: site.path, env: { ...process.env, NO_COLOR: '1' } }
    execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

/** As a shell would cut it. */
function words(command: string): string[] {
  return (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''))
}

async function fetched(path: string): Promise<string> {
  const { bytes } = await readByTftp(path, { port: server.tftp[0]?.port ?? 0 })
  return bytes.toString()
}

/** The server sees the change of another process within a second: asks until it does. */
async function becomes(path: string, expected: string): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const text = await fetched(path)
    if (text === expected) return
    if (Date.now() > deadline) assert.equal(text, expected)
  }
}

test('docs/inventory.md tells what happens', async () => {
  const lines = block('console').trimEnd().split('\n')
  for (let index = 0; index < lines.length; index += 2) {
    const command = (lines[index] ?? '').slice(2)
    const expected = `${lines[index + 1]}\n`
    const curl = /^curl tftp:\/\/[^/]+(\/.*)$/.exec(command)
    if (curl?.[1] !== undefined) await becomes(curl[1], expected)
    else {
      const { stdout, stderr } = await trivet(...words(command).slice(1))
      assert.equal(stdout, expected, stderr)
    }
  }
})

test('a device that nobody knows gets the answer for those, and enters the inbox once', async () => {
  for (const _ of [1, 2]) assert.equal(await fetched('/SEP0011223344AA.cnf.xml'), 'who are you\n')
  const { stdout } = await trivet('device', 'inbox', '--json')
  const entries = JSON.parse(stdout) as {
    key: string
    path: string
    count: number
    guess: { kind?: string; vendor?: string }
  }[]
  assert.equal(entries[0]?.guess.kind, 'Cisco phone')
  assert.match(entries[0].guess.vendor ?? '', /^C/)
  assert.deepEqual(
    entries.map(({ key, path, count }) => [key, path, count]),
    [['mac 00:11:22:33:44:aa', '/SEP0011223344AA.cnf.xml', 1]],
  )
  await trivet('device', 'adopt', 'mac 00:11:22:33:44:aa', 'desk-9', '--class', 'phones')
  await trivet('device', 'set', 'desk-9', 'line=4009')
  await becomes('/SEP0011223344AA.cnf.xml', '<phone name="desk-9" ntp="10.0.0.9" line="4009"/>\n')
})

test('device files lists what a device had, and explain knows who would ask', async () => {
  const files = async (): Promise<{ path: string; delivered?: { bytes: number } }[]> => {
    const { stdout } = await trivet('device', 'files', 'desk-7', '--json')
    return JSON.parse(stdout) as { path: string; delivered?: { bytes: number } }[]
  }
  const deadline = Date.now() + 20_000
  while ((await files()).length === 0) assert.ok(Date.now() < deadline, 'it is written in the end')
  const [file] = await files()
  assert.equal(file?.path, '/SEP001122334455.cnf.xml')
  assert.equal(file.delivered?.bytes, (await fetched(file.path)).length)
  const now = async (): Promise<string[]> => {
    const { stdout } = await trivet('device', 'files', 'desk-7', '--now', '--json')
    return (JSON.parse(stdout) as { now: string }[]).map((one) => one.now)
  }
  assert.deepEqual(await now(), ['current'])
  await trivet('class', 'set', 'phones', 'ntp=10.1.1.1')
  assert.deepEqual(await now(), ['stale'])
  await trivet('class', 'set', 'phones', 'ntp=')
  const known = await trivet('explain', '/SEP001122334455.cnf.xml')
  assert.match(known.stdout, /^device desk-7, classes base → phones$/m)
  const unknown = await trivet('explain', '/SEP0011223344BB.cnf.xml')
  assert.match(unknown.stdout, /it is for devices of "phones", and nobody knows who asks/)
})

test('values says where each value comes from, and what it beat', async () => {
  await trivet('device', 'set', 'desk-7', 'ntp=10.7.7.7')
  const { stdout } = await trivet('values', 'desk-7', 'ntp', '--json')
  const { layers, values } = JSON.parse(stdout) as {
    layers: string[]
    values: { value: string; layer: string; beaten: { layer: string; value: string }[] }[]
  }
  assert.deepEqual(layers, ['base', 'phones', 'own'])
  const [ntp] = values
  assert.deepEqual([ntp?.value, ntp?.layer, ntp?.beaten[0]?.layer], ['10.7.7.7', 'own', 'base'])
})

test('revert undoes one change, and refuses one that was overtaken', async () => {
  const { stdout } = await trivet('history', '--device', 'desk-7', '--json')
  const [latest, earlier] = JSON.parse(stdout) as { number: number }[]
  const late = await trivet('revert', String(earlier?.number))
  assert.equal(late.status, 1)
  assert.match(late.stderr, /device "desk-7" was changed by revision \d+ since/)
  assert.equal((await trivet('revert', String(latest?.number))).status, 0)
  await becomes('/SEP001122334455.cnf.xml', '<phone name="desk-7" ntp="10.0.0.9" line="4007"/>\n')
})

const wrong: readonly [string, readonly string[], RegExp][] = [
  ['a MAC that another has', ['device', 'add', 'x', '--mac', '0011.2233.4455'], /desk-7/],
  [
    'a class that does not exist',
    ['device', 'add', 'x', '--class', 'none'],
    /"none", which does not/,
  ],
  ['a loop', ['class', 'set', 'base', '--parent', 'phones'], /base.*phones|phones.*base/s],
  ['a class that is inherited', ['class', 'remove', 'base'], /"base", which does not exist/],
  ['a wrong directive', ['class', 'set', 'base', 'x={"$apend":[1]}'], /\$apend/],
  ['no such device', ['device', 'set', 'nobody', 'a=b'], /no device "nobody"/],
  ['a MAC that is none', ['device', 'add', 'x', '--mac', 'zz'], /"zz"/],
]
for (const [what, args, reason] of wrong) {
  test(`the inventory refuses ${what}, and changes nothing`, async () => {
    const revisions = (await trivet('history', '--json')).stdout
    const { status, stderr } = await trivet(...args)
    assert.deepEqual([status, reason.test(stderr)], [1, true], stderr)
    assert.equal((await trivet('history', '--json')).stdout, revisions)
  })
}
