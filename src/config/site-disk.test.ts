import assert from 'node:assert/strict'
import { chmod, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { writtenFolder } from '../testing/written-folder.ts'
import { siteDisk } from './site-disk.ts'

test('siteDisk tells files, folders and what is neither', async () => {
  await using folder = await writtenFolder({ 'a/b.txt': '' })
  await symlink('a/b.txt', join(folder.path, 'link'))
  await symlink('nowhere', join(folder.path, 'dangling'))
  const disk = siteDisk(folder.path)
  const names = ['a', '.', 'a/b.txt', 'link', 'dangling', 'no', 'a/b.txt/c', '/dev/null', 'a\0b']
  assert.deepEqual(
    names.map((name) => disk.kindOf(name)),
    ['folder', 'folder', 'file', 'file', 'missing', 'missing', 'missing', 'missing', 'missing'],
  )
})

test('siteDisk finds scripts that may not be executed', async () => {
  const script = '#!/bin/sh\n'
  await using folder = await writtenFolder({
    'cgi/ready': script,
    'cgi/idle.sh': script,
    'cgi/.hidden': script,
    'cgi/notes.txt': 'text',
    'cgi/empty': '',
    'cgi/lib/part.sh': script,
  })
  await chmod(join(folder.path, 'cgi/ready'), 0o755)
  const disk = siteDisk(folder.path)
  assert.deepEqual(disk.idleScripts('cgi'), ['cgi/idle.sh'])
  assert.deepEqual(disk.idleScripts('no'), [])
  assert.deepEqual(
    [disk.isExecutable('cgi/ready'), disk.isExecutable('cgi/idle.sh')],
    [true, false],
  )
})
