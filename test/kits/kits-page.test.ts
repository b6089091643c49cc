import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findKit, kitNames } from '../../src/kits/find-kit.ts'
import { readKit } from '../../src/kits/read-kit.ts'
import { writeSite } from '../../src/kits/write-site.ts'
import { temporaryFolder } from '../../src/testing/temporary-folder.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'
import { startKits } from './started-kits.ts'

// Goal: what docs/kits.md shows happens. Method: its blocks are run as they stand.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const page = readFileSync(new URL('../../docs/kits.md', import.meta.url), 'utf8')

function block(language: string): string {
  const [, text] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page) ?? []
  return text ?? assert.fail(`the page has a block of ${language}`)
}

function run(cwd: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { cwd, encoding: 'utf8' })
}

test('trivet init prints what docs/kits.md shows, and refuses to do it over another site', async () => {
  await using folder = await temporaryFolder()
  const [command = '', ...lines] = block('console').slice('$ trivet '.length).split('\n')
  const args = command.split(' ')
  assert.equal(run(folder.path, ...args).stdout, lines.join('\n'))
  const again = run(folder.path, ...args)
  assert.deepEqual([again.status, again.stdout.split('\n')[0]], [0, 'Everything is there already'])
  const other = run(folder.path, 'init', 'site', '--kit', 'grub')
  assert.equal(other.status, 1)
  assert.match(other.stderr, /^trivet: Found trivet\.yaml, inventory\.yaml in .*--force/)
})

test('trivet init names a kit that is not there, and says when there is none', async () => {
  await using folder = await temporaryFolder()
  const wrong = run(folder.path, 'init', '--kit', 'grup')
  assert.deepEqual([wrong.status, /did you mean "grub"/.test(wrong.stderr)], [2, true])
  assert.equal(run(folder.path, 'init').status, 2)
})

test('trivet kit list and kit show print JSON for programs', async () => {
  await using folder = await temporaryFolder()
  const list = JSON.parse(run(folder.path, 'kit', 'list', '--json').stdout) as { name: string }[]
  assert.ok(list.some(({ name }) => name === 'pxelinux'))
  assert.deepEqual(JSON.parse(run(folder.path, 'init', '--list', '--json').stdout), list)
  const shown = run(folder.path, 'kit', 'show', 'pxelinux', '--json').stdout
  assert.equal((JSON.parse(shown) as { title: string }).title, 'PXELINUX')
  assert.match(run(folder.path, 'kit', 'show', 'pxelinux').stdout, /^PXELINUX: A boot menu/)
})

test('the commands on the pages of the kits work in their sites', async () => {
  await using folder = await temporaryFolder()
  const trivet = `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`
  writeFileSync(join(folder.path, 'trivet'), trivet, { mode: 0o755 })
  const env = { ...process.env, PATH: `${folder.path}:${process.env['PATH'] ?? ''}` }
  for (const name of await kitNames()) {
    const text = readFileSync(new URL(`../../docs/kits/${name}.md`, import.meta.url), 'utf8')
    const blocks = [...text.matchAll(/```sh\n([^]*?)```/g)].map(([, commands = '']) => commands)
    const lines = blocks.flatMap((commands) => commands.split('\n'))
    const commands = lines.filter((line) => /^trivet (?:device|class) /.test(line))
    assert.ok(commands.length > 0, `docs/kits/${name}.md does not say how to add a device`)
    const cwd = join(folder.path, name)
    await writeSite(cwd, [await findKit(name)])
    const script = ['set -e', 'trivet apply inventory.yaml', ...commands].join('\n')
    const { status, stderr } = spawnSync('sh', ['-c', script], { cwd, encoding: 'utf8', env })
    assert.equal(status, 0, `docs/kits/${name}.md: ${stderr}`)
  }
})

test("docs/kits.md's own kit works, and trivet kit walk says what does not", async () => {
  const template = 'door/site/door/_door.j2'
  await using folder = await writtenFolder({
    'door/kit.yaml': block('yaml'),
    [template]: 'volume={{ values.volume }}\n',
  })
  const kit = await readKit(join(folder.path, 'door'))
  await using started = await startKits([kit])
  assert.deepEqual(await started.walk(kit), [])
  const server = `127.0.0.1:${started.server.tftp[0]?.port}`
  const walk = ['kit', 'walk', './door', '--server', server]
  const right = run(folder.path, ...walk)
  assert.equal(right.status, 0, right.stderr)
  assert.match(right.stdout, /^tftp +door-00005e005301\.cfg +file +9 +\d+ +as expected$/m)
  const text = readFileSync(join(folder.path, 'door/kit.yaml'), 'utf8')
  writeFileSync(join(folder.path, 'door/kit.yaml'), text.replace('volume=5', 'volume=6'))
  const wrong = run(folder.path, ...walk, '--json')
  assert.equal(wrong.status, 1)
  const [{ steps }] = JSON.parse(wrong.stdout) as [{ steps: { fault?: string }[] }]
  assert.deepEqual(
    steps.map(({ fault }) => fault),
    [undefined, 'the file does not hold "volume=6"'],
  )
})

test('trivet kit walk ends with status 3 where nobody answers', async () => {
  await using folder = await temporaryFolder()
  const nobody = ['--server', '127.0.61.1:6969', '--give-up-ms', '100']
  const { status, stdout } = run(folder.path, 'kit', 'walk', 'cisco-ios', ...nobody)
  assert.equal(status, 3)
  assert.match(stdout, /found silent, expected file/)
})
