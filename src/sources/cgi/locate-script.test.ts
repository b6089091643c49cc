import assert from 'node:assert/strict'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { isDeclined } from '../../routing/source.ts'
import { ask, scriptSite } from '../../testing/script-site.ts'

const printNames = '#!/bin/sh\nprintf "%s|%s" "$SCRIPT_NAME" "$PATH_INFO"\n'

const found: Readonly<Record<string, string>> = {
  'cgi/a': '/cgi/a|',
  'cgi/a/': '/cgi/a|/',
  'cgi/a/x/y': '/cgi/a|/x/y',
  'cgi/a/.hidden': '/cgi/a|/.hidden',
  'cgi/sub/b/x': '/cgi/sub/b|/x',
  'cgi\\sub\\b\\x': '/cgi/sub/b|/x',
  'cgi/inside/x': '/cgi/inside|/x',
  'cgi/ünï/x': '/cgi/ünï|/x',
}

for (const [name, names] of Object.entries(found)) {
  test(`locateScript divides "${name}" into ${names}`, async () => {
    await using site = await scriptSite()
    for (const script of ['a', 'sub/b', 'ünï']) await site.write(`cgi/${script}`, printNames)
    await symlink('sub/b', join(site.path, 'cgi/inside'))
    assert.equal(await (await ask(site.source(), name).response).text(), names)
  })
}

const notThere = [
  'cgi/b',
  'cgi/sub',
  'cgi/sub/',
  'cgi/.dot',
  'cgi/.dir/a',
  'cgi/dangling',
  'cgi/loop',
]

for (const name of [...notThere, `cgi/${'x'.repeat(300)}`]) {
  test(`locateScript finds no script at "${name.slice(0, 20)}"`, async () => {
    await using site = await scriptSite()
    for (const script of ['.dot', '.dir/a', 'sub/a']) await site.write(`cgi/${script}`, printNames)
    await symlink('nowhere', join(site.path, 'cgi/dangling'))
    await symlink('loop', join(site.path, 'cgi/loop'))
    assert.ok(isDeclined(await ask(site.source(), name).response))
  })
}

const outside: Readonly<Record<string, string>> = {
  'a link to a file outside': 'cgi/out',
  'a link to a folder outside': 'cgi/folder/tool',
  'a link to a neighbour whose name begins alike': 'cgi/alike',
  'a link to a dot name': 'cgi/dot',
}

for (const [what, name] of Object.entries(outside)) {
  test(`locateScript refuses ${what}`, async () => {
    await using site = await scriptSite()
    await mkdir(join(site.path, 'cgi'))
    for (const script of ['tools/tool', 'cgi-old', 'cgi/.dir/a'])
      await site.write(script, printNames)
    await symlink('../tools/tool', join(site.path, 'cgi/out'))
    await symlink('../tools', join(site.path, 'cgi/folder'))
    await symlink('../cgi-old', join(site.path, 'cgi/alike'))
    await symlink('.dir/a', join(site.path, 'cgi/dot'))
    await assert.rejects(ask(site.source(), name).response, {
      code: 'ACCESS_DENIED',
      wireMessage: 'Access denied',
    })
  })
}

const whole: readonly [name: string, params: Record<string, string>, names: string][] = [
  ['phones/x/y.cfg', { path: 'x/y.cfg' }, '/phones|/x/y.cfg'],
  ['SEP00112233AABB.cfg', { mac: '00:11:22:33:aa:bb' }, '|/SEP00112233AABB.cfg'],
  ['phones/x.cfg', { path: 'x' }, '|/x'],
]

for (const [name, params, names] of whole) {
  test(`locateScript gives one script for all names "${names}" for "${name}"`, async () => {
    await using site = await scriptSite()
    await site.write('phone.sh', printNames)
    const { response } = ask(site.source({ script: 'phone.sh' }), name, { params })
    assert.equal(await (await response).text(), names)
  })
}
