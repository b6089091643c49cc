import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, symlinkSync } from 'node:fs'
import { mkdir, readFile, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { refusal, uploadsSite } from '../../testing/uploads-site.ts'
import { openParent } from './open-parent.ts'

// Goal: no upload is written outside of its folder, and none over what is no upload's place.
// Method: folders with links, pipes and protected files in the way.

test('FolderContents writes through no link', async () => {
  await using site = await uploadsSite({ 'outside/file': 'theirs' })
  await symlink(join(site.path, 'outside'), join(site.folder, 'out'))
  await symlink(join(site.path, 'outside/file'), join(site.folder, 'file'))
  const route = site.route({ folder: 'logs', overwrite: 'always' })
  await assert.rejects(route.put('/out/new', 'x'), refusal('ACCESS_DENIED'))
  await assert.rejects(route.put('/file', 'x'), refusal('ACCESS_DENIED', /is no file/))
  assert.deepEqual(readdirSync(join(site.path, 'outside')), ['file'])
  assert.equal(await readFile(join(site.path, 'outside/file'), 'utf8'), 'theirs')
  assert.equal(await route.get('/file'), 'declined')
  assert.equal(await route.get('/out/file'), 'declined')
})

test('FolderContents may itself be a link', async () => {
  await using site = await uploadsSite({ 'elsewhere/': '' })
  symlinkSync(join(site.path, 'elsewhere'), join(site.path, 'linked'))
  assert.equal(await site.route({ folder: 'linked' }).put('/a', 'x'), 201)
  assert.equal(await readFile(join(site.path, 'elsewhere/a'), 'utf8'), 'x')
})

test('FolderContents writes over no folder and no pipe', async () => {
  await using site = await uploadsSite({ 'logs/folder/': '', 'logs/plain': 'x' })
  assert.equal(spawnSync('mkfifo', [join(site.folder, 'pipe')]).status, 0)
  const route = site.route({ folder: 'logs', overwrite: 'always' })
  for (const name of ['/folder', '/pipe', '/plain/below']) {
    await assert.rejects(route.put(name, 'x'), refusal('ACCESS_DENIED'), name)
  }
  assert.equal(await route.get('/pipe'), 'declined')
  assert.equal(await route.get('/folder'), 'declined')
})

test('FolderContents writes and reads nothing that is protected', async () => {
  await using site = await uploadsSite({ 'logs/secret.txt': 'hidden' })
  const route = site.route({ folder: 'logs', overwrite: 'always' })
  const denied = refusal('ACCESS_DENIED', /is protected/)
  await assert.rejects(route.put('/secret.txt', 'x'), denied)
  await assert.rejects(route.put('/a/secret.new', 'x'), denied)
  assert.equal(await route.get('/secret.txt'), 'declined')
  assert.equal(await readFile(join(site.folder, 'secret.txt'), 'utf8'), 'hidden')
})

test('FolderContents takes back its record when the file cannot be put in place', async () => {
  await using site = await uploadsSite()
  const route = site.route({ folder: 'logs' })
  await assert.rejects(route.put('/secret', 'x'), refusal('ACCESS_DENIED'))
  const records = readdirSync(join(site.state, 'uploads/folders'), { recursive: true })
  assert.deepEqual(
    records.filter((name) => String(name).endsWith('.json')),
    [],
  )
  assert.deepEqual(readdirSync(join(site.folder, '.trivet-incoming')), [])
})

test('openParent stays in the folder that it has opened, whatever becomes of its name', {
  skip: process.platform !== 'linux',
}, async () => {
  await using site = await uploadsSite({ 'logs/sub/': '', 'outside/': '' })
  await using parent = await openParent(site.folder, 'sub/file', { mayMake: false })
  await rename(join(site.folder, 'sub'), join(site.folder, 'moved'))
  await symlink(join(site.path, 'outside'), join(site.folder, 'sub'))
  await mkdir(parent?.at('made') ?? '')
  assert.ok(existsSync(join(site.folder, 'moved/made')))
  assert.deepEqual(readdirSync(join(site.path, 'outside')), [])
})
