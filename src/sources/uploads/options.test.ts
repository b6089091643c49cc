import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unknownParameter, uploadsLabel, uploadsOptions } from './options.ts'

test('uploadsOptions keeps strangers out and sets limits unless it is told otherwise', () => {
  assert.deepEqual(uploadsOptions.parse({}), {
    overwrite: 'own',
    owner: 'device',
    append: false,
    appendBytesMax: 1024 * 1024,
    quotaBytes: 64 * 1024 * 1024,
    quotaFiles: 100,
    filesMax: 10_000,
    concurrentMax: 256,
  })
})

const wrong: readonly (readonly [object, RegExp])[] = [
  [{ folder: 'a', overwrite: 'version' }, /leave out `folder`/],
  [{ folder: 'a', versionsMax: 2 }, /leave out `folder`/],
  [{ append: true, versionsMax: 2 }, /has no versions/],
  [{ append: true, overwrite: 'never' }, /adding changes the file/],
  [{ from: ['10.1'] }, /an address or a network/],
  [{ from: ['10.0.0.0/40'] }, /an address or a network/],
  [{ name: '../x' }, /a relative name is needed/],
]

for (const [options, message] of wrong) {
  test(`uploadsOptions refuses ${JSON.stringify(options)}`, () => {
    const { error } = uploadsOptions.safeParse(options)
    assert.match(error?.issues.map((issue) => issue.message).join() ?? '', message)
  })
}

test('uploadsOptions takes addresses and networks of both families', () => {
  const from = ['10.0.0.7', '10.0.0.0/8', '2001:db8::/32', '::1']
  assert.deepEqual(uploadsOptions.parse({ from }).from, from)
})

test('unknownParameter names what the pattern does not capture', () => {
  assert.equal(unknownParameter({ name: '{mac:bare}/{site}' }, ['mac']), 'site')
  assert.equal(unknownParameter({ name: '{mac}' }, ['mac']), undefined)
  assert.equal(unknownParameter({}, []), undefined)
})

test('uploadsLabel tells where files are kept', () => {
  assert.equal(uploadsLabel({ folder: 'logs' }), 'uploads logs/')
  assert.equal(uploadsLabel({}), 'uploads (state)')
})
