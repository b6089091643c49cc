import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startServerProcess } from '../../src/testing/server-process.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: files have other names than devices ask for, by either front, for reads and uploads.
// Method: the page's own example, asked as the page says; and a site with several such routes.

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const page = await readFile(new URL('../../docs/rewrite.md', import.meta.url), 'utf8')

function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(page)?.[1] ?? ''
}

test('docs/rewrite.md: the example does what it says', async () => {
  await using folder = await writtenFolder({ 'trivet.yaml': block('yaml') })
  execFileSync('sh', ['-ec', block('sh')], { cwd: folder.path })
  await using server = await startServerProcess(folder.path)
  const steps = block('console').split(/^\$ /m).slice(1)
  assert.equal(steps.length, 5)
  for (const step of steps) {
    const [command = '', ...output] = step.split('\n')
    const own = command
      .replaceAll('6969', String(server.tftp[0]?.port))
      .replaceAll('8069', String(server.http[0]?.port))
    const { stdout } = await run('sh', ['-c', own])
    assert.equal(stdout.trimEnd(), output.join('\n').trimEnd(), command)
  }
  const { notes } = await server.entry(({ path }) => path === '/vmlinuz')
  assert.equal(notes, 'rewritten: linux/vmlinuz')
})

const SITE = `
routes:
  - { match: /own.txt, static: . }
  - match: /{path...}
    name: first
    methods: [GET, PUT]
    uploadBytesMax: 1
    rewrite:
      rules:
        - { find: '^r$', method: GET, replace: 'second' }
        - { find: '^w', method: PUT, replace: 'inbox/w' }
        - { find: '^skip', next: decline }
        - { find: '^own', replace: 'x' }
        - { find: '^loop', replace: 'loop', next: restart }
        - { find: '^up$', become: '../../etc/passwd' }
        - { find: '^q$', become: 'made?a=1' }
  - match: /{path...}
    name: second
    rewrite: { rules: [{ find: '^second$', replace: 'files/\\i' }] }
  - { match: '/inbox/{path...}', uploads: { folder: inbox } }
  - { match: /made, template: made.j2 }
  - { match: '/{path...}', name: rest, static: . }
`

const files = {
  'trivet.yaml': SITE,
  'files/127.0.0.1': 'read',
  'skip.txt': 'skipped',
  'own.txt': 'own',
  'made.j2': 'made with {{ request.query }}',
  'inbox/': '',
}

describe('rewrite', async () => {
  const asked: readonly [string, string, string][] = [
    ['goes through two routes', 'r', 'read'],
    ['leaves the name alone that it declines', 'skip.txt', 'skipped'],
    ['does not see what a route above has', 'own.txt', 'own'],
    ['leaves the name alone of which no rule says anything', 'files/127.0.0.1', 'read'],
    ['ends a loop', 'loop', 'ERROR 0'],
    ['leads nowhere above the site', 'up', 'ERROR 2'],
    ['finds nothing under a name that is not there', 'nothing', 'ERROR 1'],
  ]
  for (const [what, name, text] of asked) {
    test(`rewrite ${what}`, async () => {
      await using folder = await writtenFolder(files)
      await using server = await startServerProcess(folder.path)
      const { bytes, error } = await readByTftp(name, { port: server.tftp[0]?.port ?? 0 })
      assert.equal(error === undefined ? bytes.toString() : `ERROR ${error}`, text)
    })
  }

  test('rewrite leads an upload on, whose own limit counts', async () => {
    await using folder = await writtenFolder({ ...files, sent: 'some bytes' })
    await mkdir(join(folder.path, 'inbox'), { recursive: true })
    await using server = await startServerProcess(folder.path)
    const [http] = server.http
    const url = `http://127.0.0.1:${http?.port}/w1.txt`
    await run('curl', ['-sSf', '-T', join(folder.path, 'sent'), url])
    assert.equal(await readFile(join(folder.path, 'inbox/w1.txt'), 'utf8'), 'some bytes')
    const tftp = `tftp://127.0.0.1:${server.tftp[0]?.port}/w2.txt`
    await run('curl', ['-sSf', '-T', join(folder.path, 'sent'), tftp])
    assert.equal(await readFile(join(folder.path, 'inbox/w2.txt'), 'utf8'), 'some bytes')
    for (const name of ['/w1.txt', '/w2.txt']) {
      const { bytes, route } = await server.entry(({ path }) => path === name)
      assert.deepEqual([name, bytes, route], [name, 10, '/inbox/{path...}'])
    }
  })

  test('explain follows a name from route to route', async () => {
    await using folder = await writtenFolder(files)
    const args = [MAIN, 'explain', 'r', '--site', folder.path, '--json']
    const { routes } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as {
      routes: { route: string; verdict: string; becomes?: string }[]
    }
    const said = routes.map(({ route, verdict, becomes }) => [route, verdict, becomes])
    assert.deepEqual(said, [
      ['/own.txt', 'no', undefined],
      ['first', 'rewrites', 'second'],
      ['second', 'rewrites', 'files/127.0.0.1'],
      ['/inbox/{path...}', 'no', undefined],
      ['/made', 'no', undefined],
      ['rest', 'answers', undefined],
    ])
  })

  test('check says what is wrong with a rule, and where', async () => {
    await using folder = await writtenFolder({})
    const text = SITE.replace("'^loop', replace", "'^(loop', replace")
    await writeFile(join(folder.path, 'trivet.yaml'), text)
    const checked = spawnSync(process.execPath, [MAIN, 'check', folder.path], { encoding: 'utf8' })
    assert.equal(checked.status, 1)
    const place = /trivet\.yaml:14 routes\[1\]\.rewrite\.rules\[4\]\.find: /
    assert.match(checked.stdout + checked.stderr, place)
    assert.match(checked.stdout + checked.stderr, /expected a regular expression: Unterminated/)
  })
})
