import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServerProcess } from '../../src/testing/server-process.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'
import { askTftp, startTftpdHpa, tftpdHpa, whyNot } from './real-tftpd.ts'

// Goal: docs/import-map.md shows what the command does, and what it writes serves as in.tftpd did.
// Method: its map is imported by the command as people call it; both servers are asked the same.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const page = await readFile(new URL('../../docs/import-map.md', import.meta.url), 'utf8')

const [map = '', lost = ''] = [...page.matchAll(/^```text\n([^]*?)^```/gm)].map(([, text]) => text)
const [, yaml = ''] = /^```yaml\n([^]*?)^```/m.exec(page) ?? []

function trivet(
  args: readonly string[],
  input = '',
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const how = { input, encoding: 'utf8' } as const
  return spawnSync(process.execPath, [MAIN, 'import-map', ...args], how)
}

const FROM = ['--from', 'tftp-hpa'] as const

describe('docs/import-map.md', () => {
  test('shows what is written for its map', async () => {
    await using folder = await writtenFolder({ map })
    const file = join(folder.path, 'map')
    const { status, stdout, stderr } = trivet([file, ...FROM, '--root', '/srv/tftp'])
    assert.deepEqual([status, stderr], [0, ''])
    assert.equal(stdout.replace(file, '/etc/tftpd.map'), yaml)
  })

  test('shows what is said of what is lost', () => {
    const { status, stderr } = trivet(['-', ...FROM], `${map}rE a b\n`)
    assert.deepEqual([status, stderr], [1, lost.replace('/etc/tftpd.map', '(standard input)')])
  })

  test('leads to a site that serves as in.tftpd does', { skip: whyNot(tftpdHpa) }, async () => {
    await using tftpd = await startTftpdHpa(map)
    await tftpd.hold({
      'phones/SEP001122AABBCC.xml': 'a phone',
      'images/current/a.bin': 'an image',
      'firmware/current/b/c.bin': 'firmware',
      'boot.old': 'old',
      'readme.txt': 'as it is',
    })
    await using site = await writtenFolder({ map })
    const [file, output] = [join(site.path, 'map'), join(site.path, 'trivet.yaml')]
    const { status } = trivet([file, ...FROM, '--root', tftpd.folder, '-o', output])
    assert.equal(status, 0)
    await using server = await startServerProcess(site.path)
    const port = server.tftp[0]?.port ?? 0
    const names = ['sep001122aabbcc.CNF.XML', 'C:\\tftpboot\\images\\a.bin', 'firmware//b/c.bin']
    const others = [
      'boot.old',
      '/readme.txt',
      'README.TXT',
      '/tftpboot/readme.txt',
      'sep00.cnf.xml',
    ]
    const said = []
    for (const name of [...names, ...others]) {
      said.push(await askTftp(name, { port }))
      assert.deepEqual(said.at(-1), await tftpd.ask(name), name)
    }
    assert.equal(said.filter((one) => 'text' in one).length, 5)
  })
})

describe('trivet import-map', () => {
  test('overwrites nothing unless it is told to', async () => {
    await using folder = await writtenFolder({ map, 'trivet.yaml': 'precious' })
    const output = join(folder.path, 'trivet.yaml')
    const args = [join(folder.path, 'map'), ...FROM, '-o', output]
    const { status, stderr } = trivet(args)
    assert.deepEqual([status, await readFile(output, 'utf8')], [1, 'precious'])
    assert.match(stderr, /which would be overwritten: --force does/)
    assert.equal(trivet([...args, '--force']).status, 0)
    assert.match(await readFile(output, 'utf8'), /^# Made of /)
  })

  test('prints JSON for programs', () => {
    const { status, stdout } = trivet(['-', ...FROM, '--json'], 'rs a b\nrq c d\n')
    const { site, notices } = JSON.parse(stdout) as { site: string; notices: object[] }
    assert.equal(status, 1)
    assert.match(site, /# line 1: rs a b\n/)
    assert.deepEqual(notices.at(1), {
      line: 2,
      message: 'found the operation "q", which is not known',
      isLost: true,
    })
  })

  test('lets devices write, and takes names of the whole file system, when it is told to', () => {
    const args = ['-', ...FROM, '--absolute', '--uploads', '--root', '/srv/tftp/']
    const { status, stdout } = trivet(args, 'rP ^ /srv/tftp/in/\n')
    assert.equal(status, 0)
    assert.match(stdout, /methods:\n +- GET\n +- PUT\n/)
    assert.match(
      stdout,
      /match: \/srv\/tftp\/\{path\.\.\.\}\n +name: uploads\n +uploads: \/srv\/tftp\//,
    )
  })

  test('says what it cannot read, or finds nothing in', async () => {
    const missing = trivet(['/nothing/there', ...FROM])
    assert.deepEqual([missing.status, missing.stdout], [4, ''])
    assert.match(missing.stderr, /^trivet: Cannot read \/nothing\/there: /)
    await using folder = await writtenFolder({})
    const output = join(folder.path, 'trivet.yaml')
    const empty = trivet(['-', '--from', 'hooktftp', '-o', output], 'port: 69\n')
    assert.deepEqual([empty.status, existsSync(output)], [1, false])
    assert.match(empty.stderr, /Found nothing of hooktftp in standard input/)
    await writeFile(output, '')
    assert.equal(trivet(['-', ...FROM, '-o', folder.path, '--force'], map).status, 4)
  })
})
