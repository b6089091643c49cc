import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { writtenFolder } from '../testing/written-folder.ts'
import { findKit } from './find-kit.ts'
import { readKit } from './read-kit.ts'
import { InTheWayError, writeSite } from './write-site.ts'

const KIT = `title: a
summary: a
routes: [{ match: /a, template: a/_a.j2 }]
walks: [{ name: a, steps: [{ ask: a, answer: file, source: m }] }]
`

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).toSorted()
}

test('writeSite writes a site, and once more nothing', async () => {
  await using kits = await writtenFolder({ 'a/kit.yaml': KIT, 'a/site/a/_a.j2': 'A' })
  await using site = await temporaryFolder()
  const kit = await readKit(join(kits.path, 'a'))
  const folder = join(site.path, 'not', 'there')
  const { files } = await writeSite(folder, [kit])
  assert.deepEqual(files, ['trivet.yaml', 'inventory.yaml', 'a/_a.j2'])
  assert.deepEqual(filesOf(folder), ['a', 'a/_a.j2', 'files', 'inventory.yaml', 'trivet.yaml'])
  assert.deepEqual(await writeSite(folder, [kit]), { files: [], copies: [] })
})

test('writeSite writes nothing while anything is in the way, and lists it', async () => {
  await using kits = await writtenFolder({ 'a/kit.yaml': KIT, 'a/site/a/_a.j2': 'A' })
  await using site = await writtenFolder({ 'trivet.yaml': 'mine', 'a/_a.j2': 'mine too' })
  const kit = await readKit(join(kits.path, 'a'))
  await assert.rejects(writeSite(site.path, [kit]), (error) => {
    assert.ok(error instanceof InTheWayError)
    assert.deepEqual(error.files, ['trivet.yaml', 'a/_a.j2'])
    return true
  })
  assert.deepEqual(filesOf(site.path), ['a', 'a/_a.j2', 'trivet.yaml'])
})

test('writeSite keeps every older copy when it is forced', async () => {
  await using kits = await writtenFolder({ 'a/kit.yaml': KIT, 'a/site/a/_a.j2': 'A' })
  await using site = await writtenFolder({ 'a/_a.j2': 'second', 'a/_a.j2.before-init': 'first' })
  const kit = await readKit(join(kits.path, 'a'))
  const { copies } = await writeSite(site.path, [kit], true)
  assert.deepEqual(copies, ['a/_a.j2.before-init-2'])
  const read = (name: string): string => readFileSync(join(site.path, 'a', name), 'utf8')
  assert.deepEqual(['_a.j2', '_a.j2.before-init', '_a.j2.before-init-2'].map(read), [
    'A',
    'first',
    'second',
  ])
})

test('writeSite writes through no link, and over no folder, forced or not', async () => {
  await using kits = await writtenFolder({ 'a/kit.yaml': KIT, 'a/site/a/_a.j2': 'A' })
  await using site = await temporaryFolder()
  const kit = await readKit(join(kits.path, 'a'))
  symlinkSync(join(site.path, 'elsewhere'), join(site.path, 'trivet.yaml'))
  mkdirSync(join(site.path, 'inventory.yaml'))
  await assert.rejects(writeSite(site.path, [kit], true), /Found trivet\.yaml, inventory\.yaml/)
  assert.deepEqual(filesOf(site.path), ['inventory.yaml', 'trivet.yaml'])
})

test('writeSite names a file that two kits bring along differently', async () => {
  await using kits = await writtenFolder({
    'a/kit.yaml': KIT,
    'a/site/x.j2': 'A',
    'b/kit.yaml': KIT,
    'b/site/x.j2': 'A',
  })
  await using site = await temporaryFolder()
  const read = (name: string) => readKit(join(kits.path, name))
  const same = await writeSite(join(site.path, 'same'), [await read('a'), await read('b')])
  assert.deepEqual(same.files.slice(2), ['x.j2'])
  writeFileSync(join(kits.path, 'b/site/x.j2'), 'B')
  await assert.rejects(
    writeSite(join(site.path, 'other'), [await read('a'), await read('b')]),
    /The kits "a" and "b" differ in the file "x\.j2"/,
  )
})

test('findKit says which kit was probably meant', async () => {
  await assert.rejects(findKit('pxelinx'), /no kit "pxelinx": did you mean "pxelinux"\?/)
  await assert.rejects(findKit('raspberry'), /did you mean "raspberry-pi"\?/)
  await assert.rejects(findKit('zzz'), /^UnknownKitError: There is no kit "zzz" \(/)
})
