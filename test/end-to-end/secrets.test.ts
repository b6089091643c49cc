import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: a secret is in the file of its device and nowhere else. Method: the page's own commands
// with a server of their own, and a search through all that was printed and written.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const page = readFileSync(new URL('../../docs/secrets.md', import.meta.url), 'utf8')
const SECRET = 'correct horse'
const PHONE = '/SEP001122334455.cnf.xml'

let site: TemporaryFolder
let server: ServerProcess
let printed = ''

before(async () => {
  const yaml = block('yaml').replace(
    'routes:',
    'routes:\n  - {match: "/far/SEP{mac}.cnf.xml", template: phone.xml.j2, share: device}\n' +
      '  - {match: "/menu/{mac}", template: menu.j2}\n' +
      '  - {match: "/handler/{mac}", handler: h.ts}',
  )
  site = await writtenFolder({
    'trivet.yaml': yaml,
    'phone.xml.j2': block('jinja'),
    'menu.j2': 'hello {{ values.sip.user }}\n',
    'h.ts': 'export default (_, context) => new Response(JSON.stringify(context.device.values))\n',
  })
  server = await startServerProcess(site.path)
  for (const line of block('sh').trim().split('\n')) {
    const [, input, command = line] = /^printf %s '([^']*)' \| (.*)$/.exec(line) ?? []
    assert.equal((await trivet(words(command), input)).status, 0, line)
  }
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

function block(language: string): string {
  const [, found] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page) ?? []
  return found ?? assert.fail(`the page has a block of ${language}`)
}

/** As a shell would cut it. */
function words(command: string): string[] {
  const all = command.match(/(?:'[^']*'|\S)+/g) ?? []
  return all.map((word) => word.replaceAll("'", '')).slice(1)
}

async function trivet(
  args: readonly string[],
  input = '',
): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: site.path, stdio: 'pipe' })
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  printed += out + err
  return { status, output: out + err }
}

async function fetched(path: string): Promise<string> {
  const { bytes, error } = await readByTftp(path, { port: server.tftp[0]?.port ?? 0 })
  return error === undefined ? new TextDecoder().decode(bytes) : `ERROR ${error}`
}

async function status(path: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${server.http[0]?.port}${path}`)).status
}

test('a device has its secret in its file, where its address is allowed', async () => {
  const file = `<user>4007</user><password>${SECRET}</password>\n`
  // The server sees the commands of before within a second.
  while ((await fetched(PHONE)).startsWith('ERROR')) await settled()
  assert.equal(await fetched(PHONE), file)
})

test('a device that is not allowed its secrets is refused what needs them, and no more', async () => {
  for (const path of [`/far${PHONE}`, '/handler/001122334455']) {
    assert.equal(await fetched(path), 'ERROR 2')
    assert.equal(await status(path), 403)
    const entry = await server.entry((one) => one.path === path && one.front === 'tftp')
    assert.match(
      JSON.stringify(entry),
      /"sip\/4007\W+ of .*desk-7.* withheld: 127\.0\.0\.1 is in no/,
    )
  }
  assert.equal(await fetched('/menu/001122334455'), 'hello 4007\n')
})

test('an enrolment opens and closes', async () => {
  await trivet(['device', 'enroll', 'desk-7', '--for', '1h'])
  while ((await fetched(`/far${PHONE}`)) === 'ERROR 2') await settled()
  assert.match(await fetched(`/far${PHONE}`), /correct horse/)
  assert.match((await trivet(['device', 'enrolled'])).output, /desk-7/)
  await trivet(['device', 'unenroll', 'desk-7'])
  while ((await fetched(`/far${PHONE}`)) !== 'ERROR 2') await settled()
  const wrong = await trivet(['device', 'enroll', 'desk-7', '--for', '1y'])
  assert.equal(wrong.status, 2)
})

test('a new key changes no file', async () => {
  const { status: ended, output } = await trivet(['secret', 'rotate'])
  assert.equal(ended, 0, output)
  assert.match(await fetched(PHONE), /correct horse/)
})

test('a secret that changes is in the next file', async () => {
  await trivet(['secret', 'set', 'sip/4007'], 'another one\n')
  while (!(await fetched(PHONE)).includes('>another one<')) await settled()
  await trivet(['secret', 'set', 'sip/4007'], SECRET)
  while (!(await fetched(PHONE)).includes(SECRET)) await settled()
})

test('nothing prints a secret, and no file has it', async () => {
  const commands = [
    ['values', 'desk-7'],
    ['device', 'show', 'desk-7', '--json'],
    ['explain', PHONE, '--render'],
    ['secret', 'list', '--json'],
    ['device', 'files', 'desk-7', '--now'],
    ['history', '--json'],
  ]
  for (const command of commands) assert.equal((await trivet(command)).status, 0, command.join(' '))
  assert.match((await trivet(['explain', PHONE, '--render'])).output, /•••• sip\/4007/)
  assert.equal(printed.includes(SECRET), false)
  assert.equal(server.errorText().includes(SECRET), false)
  assert.equal(JSON.stringify(server.entries).includes(SECRET), false)
  for (const entry of readdirSync(join(site.path, '.trivet'), { withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    if (entry.isFile()) assert.equal(readFileSync(file).includes(SECRET), false, file)
  }
})

test('device files says that a file with secrets is current', async () => {
  await fetched(PHONE)
  const { output } = await trivet(['device', 'files', 'desk-7', '--now', '--json'])
  const files = JSON.parse(output) as { path: string; now: string }[]
  assert.equal(files.find(({ path }) => path === PHONE)?.now, 'current', output)
})

test('the key and the database are never served', async () => {
  for (const path of ['/.trivet/secret.key', '/.trivet/trivet.db']) {
    assert.equal(await status(path), 404)
  }
})

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
