import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseHttpTarget, parseRequestPath } from '../../routing/request-path.ts'
import { refusal } from '../../testing/uploads-site.ts'
import { nameTemplateParameters, nameTemplateProblem, storedName } from './stored-name.ts'

const named = (template: string | undefined, params: Record<string, string> = {}): string =>
  storedName({ path: parseHttpTarget('/inbox/a.log'), params }, template)

test('storedName is the whole path, or what {path...} captured', () => {
  assert.equal(named(undefined), 'inbox/a.log')
  assert.equal(named(undefined, { path: 'a.log' }), 'a.log')
})

test('storedName fills in what the pattern captured', () => {
  const params = { mac: '00:04:f2:ab:cd:ef', name: 'sw1' }
  assert.equal(named('{mac}-boot.log', params), '00:04:f2:ab:cd:ef-boot.log')
  assert.equal(named('{mac:bare}-boot.log', params), '0004f2abcdef-boot.log')
  assert.equal(named('{mac:BARE}-boot.log', params), '0004F2ABCDEF-boot.log')
  assert.equal(named('{mac:dash}/{name}', params), '00-04-f2-ab-cd-ef/sw1')
})

test('storedName lets no value leave its place', () => {
  for (const name of ['..', '.', '', '../../etc/passwd', 'a//b', '.hidden', 'a/.git']) {
    assert.throws(() => named('{name}', { name }), refusal('ACCESS_DENIED'), name)
  }
  assert.throws(() => named('{name:bare}', { name: 'sw1' }), refusal('ACCESS_DENIED', /no MAC/))
})

test('storedName is a plain relative path for any name, or there is none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
      try {
        const name = storedName({ path: parseRequestPath(bytes), params: {} }, undefined)
        const segments = name.split('/')
        assert.ok(segments.every((one) => one !== '' && !one.startsWith('.') && one.length <= 200))
        // Two names that differ are two files.
        assert.equal(parseHttpTarget(`/${encodeURIComponent(name)}`).text, `/${name}`)
      } catch (error) {
        assert.equal((error as Error).name, 'Refusal', String(error))
      }
    }),
  )
})

test('nameTemplateProblem tells what is wrong', () => {
  assert.equal(nameTemplateProblem('logs/{mac:bare}-boot.log'), undefined)
  const problems: readonly (readonly [string, RegExp])[] = [
    ['{mac', /placeholders/],
    ['{mac:upper}', /instead of "upper": bare, BARE, dash, DASH/],
    ['/abs', /a part of it is empty/],
    ['../{mac}', /begins with a dot/],
  ]
  for (const [template, message] of problems) {
    assert.match(nameTemplateProblem(template) ?? '', message, template)
  }
})

test('nameTemplateParameters names each once', () => {
  assert.deepEqual(nameTemplateParameters('{mac:bare}/{name}-{mac}'), ['mac', 'name'])
})
