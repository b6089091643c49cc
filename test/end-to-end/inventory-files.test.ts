import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: an inventory goes out as text and comes back as it was. Method: the page's own files and
// commands, with a server that follows.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const page = readFileSync(new URL('../../docs/inventory-files.md', import.meta.url), 'utf8')
const PHONE = '/001122334455.xml'

let site: TemporaryFolder
let server: ServerProcess

before(async () => {
  site = await writtenFolder({
    'trivet.yaml': 'routes:\n  - {match: "/{mac}.xml", template: phone.xml.j2}\n',
    'phone.xml.j2': 'ntp {{ values.ntp }}\nline {{ values.line }}\n',
    'new.j2': 'time {{ values.ntp }}\nline {{ values.line }}\n',
    'inventory.yaml': block('yaml'),
    'devices.csv': block('csv'),
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

function trivet(...args: readonly string[]): { status: number | null; out: string; err: string } {
  const options = { cwd: site.path, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], options)
  return { status, out: stdout, err: stderr }
}

/** A command and what it prints, for each `$` of the page. */
function examples(): { args: string[]; expected: string }[] {
  return [...page.matchAll(/```console\n([^]*?)```/g)].flatMap(([, text = '']) =>
    text
      .split(/^\$ /m)
      .slice(1)
      .map((example) => {
        const [command = '', ...lines] = example.split('\n')
        const words = command.match(/(?:'[^']*'|\S)+/g) ?? []
        const args = words.map((word) => word.replaceAll("'", '')).slice(1)
        return { args, expected: lines.join('\n') }
      }),
  )
}

async function fetched(): Promise<string> {
  const { bytes } = await readByTftp(PHONE, { port: server.tftp[0]?.port ?? 0 })
  return bytes.toString()
}

test('docs/inventory-files.md shows what the commands print', () => {
  for (const { args, expected } of examples()) {
    const { out, err } = trivet(...args)
    assert.equal(out, expected, `${args.join(' ')}: ${err}`)
  }
})

test('export gives what apply takes for nothing new, byte for byte', () => {
  const first = trivet('export')
  writeFileSync(join(site.path, 'out.yaml'), first.out)
  assert.equal(trivet('apply', 'out.yaml', '--replace').out, 'Nothing to change\n')
  assert.deepEqual(trivet('diff', 'out.yaml'), { status: 0, out: '', err: '' })
  const other = ['--state', join(site.path, 'other-state')]
  assert.equal(trivet('apply', 'out.yaml', ...other).status, 0)
  assert.equal(trivet('export', ...other).out, first.out)
  assert.match(first.out, /serial: "0012345"|serial: 0012345/)
})

test('impact shows the diff of a known file, for an inventory and for a template', async () => {
  while (!(await fetched()).startsWith('ntp 10.0.0.1')) await settled()
  // The server writes down what was delivered within a second or two.
  while (!trivet('device', 'files', 'desk-7', '--json').out.includes('"delivered"')) {
    await settled()
  }
  writeFileSync(join(site.path, 'next.yaml'), 'classes: {base: {values: {ntp: 10.9.9.9}}}\n')
  const inventory = trivet('impact', 'next.yaml')
  assert.equal(inventory.status, 1, inventory.err)
  assert.match(inventory.out, /1 records change, the values of 1 devices,\nand 1 of 1 known files/)
  assert.match(inventory.out, /^-ntp 10\.0\.0\.1\n\+ntp 10\.9\.9\.9\n line 4007$/m)
  const template = trivet('impact', '--with', 'phone.xml.j2=new.j2', '--json')
  const { files } = JSON.parse(template.out) as { files: { files: { diff: string }[] } }
  assert.match(files.files[0]?.diff ?? '', /^-ntp 10\.0\.0\.1\n\+time 10\.0\.0\.1$/m)
  const none = trivet('impact', '--with', 'phone.xml.j2=phone.xml.j2')
  assert.equal(none.status, 0, none.out)
  assert.match(await fetched(), /^ntp 10\.0\.0\.1/)
})

test('apply says everything that is wrong, with its place, and changes nothing', () => {
  const before = trivet('export').out
  writeFileSync(join(site.path, 'bad.yaml'), 'classes:\n  a: {parents: [b]}\n  b: {parents: [a]}\n')
  const loop = trivet('apply', 'bad.yaml')
  assert.deepEqual([loop.status, /"a".*"b"|"b".*"a"/s.test(loop.err)], [1, true], loop.err)
  writeFileSync(join(site.path, 'bad.yaml'), 'devices:\n  x:\n    mac: [zz]\n    classes: [none]\n')
  assert.match(trivet('apply', 'bad.yaml').err, /bad\.yaml:3:5 device "x".*"mac"/)
  writeFileSync(join(site.path, 'bad.yaml'), '')
  assert.match(trivet('apply', 'bad.yaml', '--replace').err, /--allow-empty/)
  assert.equal(trivet('export').out, before)
})

test('import writes nothing of 10,000 rows when one is bad, and the others when told to', () => {
  const rows = Array.from({ length: 10_000 }, (_, index) => {
    const digits = String(index).padStart(6, '0')
    return `dev-${digits};02:00:00:${digits.match(/../g)?.join(':')};phones`
  })
  rows[5000] = 'dev-005000;zz;phones'
  const file = join(site.path, 'many.csv')
  writeFileSync(file, `\uFEFFName of it;MAC;class\r\n${rows.join('\r\n')}\r\n`)
  const args = ['import', '--csv', 'many.csv', '--map', 'Name of it=id']
  const refused = trivet(...args)
  assert.equal(refused.status, 1)
  assert.match(refused.err, /many\.csv:5002 .*"zz".*\nNothing was written: 1 of 10000 rows are bad/)
  assert.equal(trivet('export').out.includes('dev-'), false)
  const taken = trivet(...args, '--skip-bad')
  assert.equal(taken.status, 0, taken.err)
  assert.match(taken.out, /^Revision \d+: 9999 records$/m)
  assert.match(trivet(...args, '--dry-run').out, /0 add, 0 change, 9999 same, 1 bad/)
})

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
