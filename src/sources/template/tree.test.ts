import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { after, test } from 'node:test'
import { TemplateTree } from './tree.ts'

const scratch = mkdtempSync(join(tmpdir(), 'trivet-tree-'))
after(() => rmSync(scratch, { recursive: true }))

let treeCount = 0

function tree(names: readonly string[]) {
  treeCount += 1
  const folder = join(scratch, String(treeCount))
  const warnings: string[] = []
  const write = (name: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), '')
  }
  mkdirSync(folder)
  for (const name of names) write(name)
  const found = new TemplateTree({ folder, warn: (message) => warnings.push(message) })
  /** Which template answers, and with which parameters. */
  const find = (path: string): readonly [string, Readonly<Record<string, string>>] | undefined => {
    const match = found.find(path)
    return match && [relative(folder, match.file), { ...match.params }]
  }
  return { folder, find, write, warnings }
}

test('TemplateTree answers the paths of names without .j2', () => {
  const { find } = tree(['a.cfg.j2', 'deep/er/b.cfg.j2', 'plain.cfg', '.j2'])
  assert.deepEqual(find('a.cfg'), ['a.cfg.j2', {}])
  assert.deepEqual(find('deep/er/b.cfg'), ['deep/er/b.cfg.j2', {}])
  for (const path of ['a.cfg.j2', 'b.cfg', 'plain.cfg', '', 'deep', 'deep/', 'a.cfg/']) {
    assert.equal(find(path), undefined, path)
  }
})

test('TemplateTree takes parameters in names of files and folders', () => {
  const { find } = tree([
    'phones/SEP{mac}.cnf.xml.j2',
    '{serial}/config.txt.j2',
    'sites/{site}/{mac}.cfg.j2',
    'rest/{path...}.j2',
  ])
  assert.deepEqual(find('phones/SEP00-11-22-AA-BB-CC.cnf.xml'), [
    'phones/SEP{mac}.cnf.xml.j2',
    { mac: '00:11:22:aa:bb:cc' },
  ])
  assert.equal(find('phones/SEPx.cnf.xml'), undefined)
  assert.deepEqual(find('a1b2/config.txt'), ['{serial}/config.txt.j2', { serial: 'a1b2' }])
  assert.deepEqual(find('sites/hq/001122aabbcc.cfg'), [
    'sites/{site}/{mac}.cfg.j2',
    { site: 'hq', mac: '00:11:22:aa:bb:cc' },
  ])
  assert.deepEqual(find('rest/a/b/c'), ['rest/{path...}.j2', { path: 'a/b/c' }])
})

test('TemplateTree lets the more particular name win', () => {
  const { find } = tree([
    'x/{name}.j2',
    'x/{mac}.cfg.j2',
    'x/{name}.cfg.j2',
    'x/a.cfg.j2',
    '{a}/a.cfg.j2',
  ])
  assert.equal(find('x/a.cfg')?.[0], 'x/a.cfg.j2')
  assert.equal(find('x/001122aabbcc.cfg')?.[0], 'x/{mac}.cfg.j2')
  assert.equal(find('x/b.cfg')?.[0], 'x/{name}.cfg.j2')
  assert.equal(find('x/b')?.[0], 'x/{name}.j2')
  assert.equal(find('y/a.cfg')?.[0], '{a}/a.cfg.j2')
})

test('TemplateTree serves neither partials nor dot names', () => {
  const { find } = tree(['_base.xml.j2', '_parts/a.xml.j2', '.hidden.j2', '.git/a.j2'])
  for (const path of ['_base.xml', '_parts/a.xml', '.hidden', '.git/a']) {
    assert.equal(find(path), undefined, path)
  }
})

test('TemplateTree sees new, renamed and deleted templates and folders at once', () => {
  const { folder, find, write } = tree(['a.cfg.j2'])
  assert.equal(find('b.cfg'), undefined)
  write('b.cfg.j2')
  assert.ok(find('b.cfg'))
  write('new/{mac}.cfg.j2')
  assert.ok(find('new/001122aabbcc.cfg'))
  renameSync(join(folder, 'new'), join(folder, 'newer'))
  assert.equal(find('new/001122aabbcc.cfg'), undefined)
  assert.ok(find('newer/001122aabbcc.cfg'))
  rmSync(join(folder, 'b.cfg.j2'))
  assert.equal(find('b.cfg'), undefined)
  rmSync(join(folder, 'newer'), { recursive: true })
  assert.equal(find('newer/001122aabbcc.cfg'), undefined)
  assert.ok(find('a.cfg'))
})

test('TemplateTree warns once of a name that is no pattern, and leaves it out', () => {
  const { find, warnings, write } = tree(['{oops.cfg.j2', 'a.cfg.j2'])
  assert.ok(find('a.cfg'))
  assert.equal(find('{oops.cfg'), undefined)
  write('b.cfg.j2')
  assert.ok(find('b.cfg'))
  assert.deepEqual(warnings, [
    'Template "{oops.cfg.j2" is left out: Cannot read the pattern "/{oops.cfg": "{" without "}" at column 2',
  ])
})

test('TemplateTree follows symbolic links only inside of itself', () => {
  const { folder, find } = tree(['real/a.cfg.j2'])
  writeFileSync(join(scratch, 'outside.cfg.j2'), '')
  symlinkSync(join(scratch, 'outside.cfg.j2'), join(folder, 'outside.cfg.j2'))
  symlinkSync('..', join(folder, 'up'))
  symlinkSync('real', join(folder, 'link'))
  symlinkSync('.', join(folder, 'real/loop'))
  symlinkSync('nowhere', join(folder, 'broken.cfg.j2'))
  assert.equal(find('outside.cfg'), undefined)
  assert.equal(find('broken.cfg'), undefined)
  assert.equal(find('up/outside.cfg'), undefined)
  assert.ok(find('link/a.cfg'))
  assert.ok(find('real/loop/loop/a.cfg'))
})

test('TemplateTree takes a folder that is not there', () => {
  const { folder, find } = tree([])
  rmSync(folder, { recursive: true })
  assert.equal(find('a.cfg'), undefined)
})

test('TemplateTree takes at most 10000 templates', () => {
  const { find, warnings } = tree(Array.from({ length: 10_001 }, (_, index) => `${index}.j2`))
  assert.ok([find('0'), find('1')].some((one) => one !== undefined))
  assert.deepEqual(warnings, ['More than 10000 templates: the rest is left out'])
})
