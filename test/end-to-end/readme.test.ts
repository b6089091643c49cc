import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, readFile, symlink } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder } from '../../src/testing/temporary-folder.ts'

// Goal: what the README shows is what happens. Method: its console block is run, with the ports of
// a server of our own, and its output compared; its files are compared with those of the example
// site.

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

interface Step {
  readonly command: string
  readonly output: string
}

async function readme(): Promise<string> {
  return readFile(`${root}README.md`, 'utf8')
}

function blocks(text: string, language: string): string[] {
  const found = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))
  return [...found].map(([, block]) => block ?? '')
}

function steps(block: string): Step[] {
  return block
    .split(/^\$ /m)
    .filter((part) => part !== '')
    .map((part) => {
      const [command = '', ...output] = part.split('\n')
      return { command, output: output.join('\n') }
    })
}

test('the README shows the script that the example site has', async () => {
  const [script] = blocks(await readme(), 'sh')
  assert.equal(script, await readFile(`${root}examples/site/cgi/test`, 'utf8'))
})

test("the README's commands print what it says", async () => {
  await using server = await startServerProcess(`${root}examples/site`)
  await using folder = await temporaryFolder()
  const [block = ''] = blocks(await readme(), 'console')
  const all = steps(block)
  assert.ok(all.length >= 3)
  for (const { command, output } of all) {
    const own = command
      .replaceAll('6969', String(server.tftp[0]?.port))
      .replaceAll('8069', String(server.http[0]?.port))
    const { stdout } = await run('sh', ['-c', own], { cwd: folder.path })
    // The prompts of tftp-hpa are no part of what it fetched.
    assert.equal(stdout.replaceAll('tftp> ', ''), output, command)
  }
})

test("the README's second example: a class that changes is in a phone's next read", async () => {
  await using folder = await temporaryFolder()
  await cp(`${root}examples/site`, `${folder.path}/examples/site`, {
    recursive: true,
    filter: (path) => !path.includes('.trivet'),
  })
  await symlink(`${root}node_modules`, `${folder.path}/node_modules`)
  await using server = await startServerProcess(`${folder.path}/examples/site`)
  const [, block = ''] = blocks(await readme(), 'console')
  const all = steps(block)
  assert.equal(all.length, 4)
  for (const { command, output } of all) {
    const own = command
      .replace('curl', 'curl -sS')
      .replace('npm run -s trivet --', `'${process.execPath}' '${root}src/cli/main.ts'`)
      .replaceAll('6969', String(server.tftp[0]?.port))
    const said = async (): Promise<string> =>
      (await run('sh', ['-c', own], { cwd: folder.path }).catch(() => ({ stdout: '' }))).stdout
    // The server sees the change of another process within a second: asked until it does.
    let stdout = await said()
    const deadline = performance.now() + 20_000
    while (stdout !== output && command.startsWith('curl') && performance.now() < deadline) {
      stdout = await said()
    }
    assert.equal(stdout, output, command)
  }
})

test('the first screen of the README has at most 40 lines', async () => {
  const lines = (await readme()).split('\n')
  const second = lines.findIndex((line) => line.startsWith('## '))
  assert.ok(second <= 40, `the first section begins at line ${second + 1}`)
})
