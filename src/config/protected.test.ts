import assert from 'node:assert/strict'
import { mkdir, realpath, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { writtenFolder } from '../testing/written-folder.ts'
import { folderSite } from './folder-site.ts'
import { loadSite } from './load.ts'
import { protectedPaths } from './protected.ts'

const files = {
  'trivet.yaml': `
routes:
  - { match: '/run/{path...}', cgi: scripts }
  - { match: /one, cgi: tools/make.sh }
  - { match: /app, handler: handlers/app.ts }
  - { match: '/phones/{path...}', template: { folder: phones/all, root: phones } }
  - { match: /motd, template: motd.txt }
  - { match: '/{path...}', static: . }
`,
  'scripts/a.sh': '',
  'scripts/lib/b.py': '',
  'tools/make.sh': '',
  'handlers/app.ts': '',
  'phones/all/a.xml.j2': '',
  'motd.txt': '',
}

describe('protectedPaths', () => {
  const rows: readonly (readonly [string, boolean])[] = [
    ['trivet.yaml', true],
    ['old/trivet.yml', true],
    ['old/trivet.config.mjs', true],
    ['package.json', true],
    ['package-lock.json', true],
    ['node_modules/hono/index.js', true],
    ['handlers/node_modules/a/b.txt', true],
    ['.trivet/state.db', true],
    ['firmware/.htpasswd', true],
    ['scripts', true],
    ['scripts/a.sh', true],
    ['scripts/lib/b.py', true],
    ['scripts-public/a.sh', false],
    ['tools/make.sh', true],
    ['tools/other.sh', false],
    ['handlers/app.ts', true],
    ['handlers/part.ts', true],
    ['handlers/part.mjs', true],
    ['handlers/view.tsx', true],
    ['handlers/logo.png', false],
    ['handlers/deep/part.ts', false],
    ['phones/all/a.xml.j2', true],
    ['phones/parts/base.xml.j2', true],
    ['phones/ring.wav', false],
    ['motd.txt', true],
    ['any.j2', true],
    ['firmware/image.bin', false],
    ['my-trivet.yaml', false],
    ['web/app.js', false],
  ]

  test('protectedPaths keeps what makes the site and lets go what it serves', async () => {
    await using folder = await writtenFolder(files)
    const { site } = await loadSite(folder.path)
    const isProtected = protectedPaths(site)
    const root = await realpath(folder.path)
    const found = rows.map(([name]) => [name, isProtected(join(root, name))] as const)
    assert.deepEqual(found, rows)
  })

  test('protectedPaths keeps a configuration of any name, and its own modules', async () => {
    const text = 'export default { routes: [{ match: "/a", static: "." }] }'
    await using folder = await writtenFolder({ 'site.mjs': text })
    const { site } = await loadSite(join(folder.path, 'site.mjs'))
    const isProtected = protectedPaths(site)
    const names = ['site.mjs', 'app.ts', 'app.bin', 'sub/app.ts']
    const root = await realpath(folder.path)
    const found = names.map((name) => isProtected(join(root, name)))
    assert.deepEqual(found, [true, true, false, false])
  })
})

describe('protectedPaths, links', () => {
  test('protectedPaths sees through links to the site, its folders and its modules', async () => {
    await using folder = await writtenFolder({ 'real/site/': '', 'elsewhere/gen.sh': '' })
    await symlink('real/site', join(folder.path, 'site'))
    await symlink('../../elsewhere', join(folder.path, 'real/site/cgi'))
    const isProtected = protectedPaths(folderSite(join(folder.path, 'site')))
    const root = await realpath(folder.path)
    assert.equal(isProtected(join(root, 'elsewhere/gen.sh')), true)
    assert.equal(isProtected(join(root, 'real/site/a.j2')), true)
    assert.equal(isProtected(join(root, 'real/site/.env')), true)
    assert.equal(isProtected(join(root, 'real/site/a.txt')), false)
  })

  test('protectedPaths keeps a script folder that comes later, below a linked site', async () => {
    await using folder = await writtenFolder({ 'real/': '' })
    await symlink('real', join(folder.path, 'site'))
    const isProtected = protectedPaths(folderSite(join(folder.path, 'site')))
    await mkdir(join(folder.path, 'real/cgi'))
    assert.equal(isProtected(join(await realpath(folder.path), 'real/cgi/gen.sh')), true)
  })

  test('protectedPaths follows a release that is switched by a link, a second later', async () => {
    await using folder = await writtenFolder({ '1/cgi/gen.sh': '', '2/cgi/gen.sh': '' })
    const link = join(folder.path, 'current')
    await symlink('1', link)
    let nowMs = 0
    const isProtected = protectedPaths(folderSite(link), () => nowMs)
    const root = await realpath(folder.path)
    const released = (): boolean[] =>
      ['1', '2'].map((release) => isProtected(join(root, release, 'cgi/gen.sh')))
    assert.deepEqual(released(), [true, false])
    await symlink('2', `${link}.new`)
    await rename(`${link}.new`, link)
    nowMs = 1001
    assert.deepEqual(released(), [false, true])
    await rm(link)
  })
})
