import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Refusal } from '../../base/refusal.ts'
import { whileRepeating, type StaticSite, staticSite } from '../../testing/static-site.ts'

// Goal: only what lies below the folder is ever sent, and a client cannot tell what else there is.
// Method: real files, links, pipes and sockets, and an attacker who exchanges names meanwhile.

let site: StaticSite

before(async () => {
  site = await staticSite({
    'site/a.txt': 'hello',
    'site/deep/b.txt': 'deep',
    'site/.hidden': 'hidden',
    'site/.git/config': 'hidden',
    'site/deep/.env': 'hidden',
    'site/secret.yaml': 'protected',
    'site-more/c.txt': 'beside',
    'outside.txt': 'outside',
    'folder/d.txt': 'outside',
  })
  const link = (target: string, name: string): Promise<void> =>
    symlink(target, join(site.path, name))
  await link('a.txt', 'link-inside')
  await link('deep', 'folder-inside')
  await link(join(site.path, 'a.txt'), 'absolute-inside')
  await link('../outside.txt', 'link-outside')
  await link('/etc/hostname', 'link-etc')
  await link('../folder', 'folder-outside')
  await link('../site-more', 'folder-beside')
  await link('nowhere', 'dangling')
  await link('loop', 'loop')
  await link('.hidden', 'link-hidden')
  await link('.git', 'folder-hidden')
  await link('secret.yaml', 'link-protected')
  await link('/dev/zero', 'device')
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(site.path, 'pipe')])
})

after(async () => {
  await site[Symbol.asyncDispose]()
})

describe('openConfined', () => {
  for (const name of ['a.txt', 'link-inside', 'absolute-inside']) {
    test(`serves ${name}`, async () => {
      assert.equal(await site.text(`/${name}`), 'hello')
    })
  }

  test('follows a link to a folder inside', async () => {
    assert.equal(await site.text('/folder-inside/b.txt'), 'deep')
  })

  const invisible = [
    '/',
    '/nothing',
    '/deep',
    '/deep/',
    '/a.txt/',
    '/a.txt/b',
    '/nothing/b',
    '/.hidden',
    '/.git/config',
    '/deep/.env',
    '/secret.yaml',
    '/link-outside',
    '/link-etc',
    '/folder-outside/d.txt',
    '/folder-beside/c.txt',
    '/dangling',
    '/loop',
    '/link-hidden',
    '/folder-hidden/config',
    '/link-protected',
    '/device',
    '/pipe',
    `/${'x'.repeat(300)}`,
    `/${'d/'.repeat(1500)}x`,
    '/%ff%fe',
  ]
  for (const target of invisible) {
    test(`declines ${target.slice(0, 40)}`, { timeout: 10_000 }, async () => {
      for (const ignoreCase of [false, true]) {
        assert.equal(await site.text(target, { options: { ignoreCase } }), 'declined')
      }
      assert.deepEqual(site.openFiles(), [])
    })
  }

  const parameters = [
    '..',
    '../outside.txt',
    'deep/../../outside.txt',
    'a.txt\0',
    '.',
    '',
    '/a.txt',
  ]
  for (const path of parameters) {
    test(`declines the parameter ${JSON.stringify(path)}`, async () => {
      assert.equal(await site.text('/x', { params: { path } }), 'declined')
    })
  }

  test('declines a socket', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(join(site.path, 'socket'), resolve)
    })
    assert.equal(await site.text('/socket'), 'declined')
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })

  test('serves a protected file not even where the configuration names it', async () => {
    assert.equal(await site.text('/x', { options: { file: 'secret.yaml' } }), 'declined')
    assert.equal(await site.text('/x', { options: { file: 'link-protected' } }), 'declined')
    assert.equal(await site.text('/x', { options: { file: 'link-hidden' } }), 'declined')
  })

  test('judges a protected file by its name though it is replaced meanwhile', async () => {
    const replace = async (): Promise<void> => {
      await writeFile(join(site.outside, 'next'), 'protected')
      await rename(join(site.outside, 'next'), join(site.path, 'secret.conf'))
    }
    await whileRepeating(replace, async () => {
      for (let count = 0; count < 300; count += 1) {
        assert.equal(await site.text('/secret.conf'), 'declined')
      }
    })
  })

  test('refuses what the system denies, and says no more', async () => {
    const path = join(site.path, 'denied.txt')
    await writeFile(path, 'denied')
    await chmod(path, 0)
    const refusal = await asNobody(() => site.text('/denied.txt').catch((error: unknown) => error))
    assert.ok(refusal instanceof Refusal, String(refusal))
    assert.deepEqual([refusal.code, refusal.wireMessage], ['ACCESS_DENIED', 'Access denied'])
    assert.match(refusal.message, /^Cannot read "denied.txt": EACCES/)
  })

  test('sends nothing from outside, however fast links are exchanged', async () => {
    const { path, outside } = site
    await mkdir(join(outside, 'swap'))
    await writeFile(join(outside, 'swap/b.txt'), 'outside')
    await symlink('deep', join(path, 'swap'))
    const exchange = async (count: number): Promise<void> => {
      await symlink(count % 2 === 0 ? '../swap' : 'deep', join(outside, 'next-link'))
      await rename(join(outside, 'next-link'), join(path, 'swap'))
    }
    const seen = new Set<string>()
    await whileRepeating(exchange, async () => {
      for (let count = 0; count < 1000; count += 1) seen.add(await site.text('/swap/b.txt'))
    })
    assert.deepEqual([...seen].toSorted(), ['declined', 'deep'])
    assert.deepEqual(site.openFiles(), [])
  })
})

/** To root nothing is denied. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work()
  await chmod(site.outside, 0o755)
  process.seteuid?.('nobody')
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}
