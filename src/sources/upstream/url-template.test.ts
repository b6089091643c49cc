import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AllowedHosts, isHostEntry } from './allowed-hosts.ts'
import { parseUrlTemplate, urlTemplateProblem } from './url-template.ts'

// Goal: a name that a device asks for fills in its place in a URL, and can do nothing else.

const values = { params: {}, encodedPath: '/a/b.cfg', query: '' }

const expand = (template: string, change: object = {}): string =>
  parseUrlTemplate(template).expand({ ...values, ...change }).href

const expansions: readonly (readonly [string, object, string])[] = [
  ['http://h', {}, 'http://h/'],
  ['http://h/prov/{path}', {}, 'http://h/prov/a/b.cfg'],
  ['http://h/{path}', { encodedPath: '/caf%E9' }, 'http://h/caf%E9'],
  ['http://h/{path}', { params: { path: 'a b/c?d' } }, 'http://h/a%20b/c%3Fd'],
  ['http://h/{mac}.cfg', { params: { mac: '00:11' } }, 'http://h/00:11.cfg'],
  ['http://h/{mac:bare}', { params: { mac: '00:11:22:aa:bb:cc' } }, 'http://h/001122aabbcc'],
  ['http://h/{mac:BARE}', { params: { mac: '00:11:22:aa:bb:cc' } }, 'http://h/001122AABBCC'],
  ['http://h/?{m:dash}', { params: { m: '001122aabbcc' } }, 'http://h/?00-11-22-aa-bb-cc'],
  ['http://h/{m:dotted}', { params: { m: '001122aabbcc' } }, 'http://h/0011.22aa.bbcc'],
  ['http://{m:bare}.h/', { params: { m: '00:11:22:aa:bb:cc' } }, 'http://001122aabbcc.h/'],
  ['http://h/{x}', { params: { x: 'a/b' } }, 'http://h/a%2Fb'],
  ['http://h/{x...}', { params: { x: 'a/b' } }, 'http://h/a/b'],
  ['http://h/{x}', {}, 'http://h/'],
  ['http://h/f?m={x}', { params: { x: 'a&b=c#d' } }, 'http://h/f?m=a%26b%3Dc%23d'],
  ['http://h/f?{query}', { query: 'a=1&b=%20' }, 'http://h/f?a=1&b=%20'],
  ['http://h/f?{query}', {}, 'http://h/f'],
  ['http://h/f?q={query}', { query: 'a=1' }, 'http://h/f?q=a=1'],
  ['http://{site}.h:8080/', { params: { site: 'Lab' } }, 'http://lab.h:8080/'],
  ['http://h/{x}', { params: { x: '%2e%2e' } }, 'http://h/%252e%252e'],
]
for (const [template, change, href] of expansions) {
  test(`UrlTemplate makes ${href} of ${template}`, () => {
    assert.equal(expand(template, change), href)
  })
}

const refused: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['http://h/a/{x}/b', { x: '..' }],
  ['http://h/a/{x}{y}/b', { x: '.', y: '.' }],
  ['http://h/a/{x...}', { x: 'b/../../c' }],
  ['http://h/a/{x}', { x: '.' }],
  ['http://h/a/{x:bare}', { x: 'phone' }],
  ['http://{x}/a', { x: 'evil.example/' }],
  ['http://{x}/a', { x: 'user@evil.example' }],
  ['http://{x}/a', { x: 'evil:80' }],
  ['http://{x}/a', { x: '' }],
  ['http://{x}/a', { x: '[::1]' }],
  ['http://{x}.h/a', { x: 'evil.example#' }],
  ['http://h:{x}/a', { x: '99999' }],
]
for (const [template, params] of refused) {
  test(`UrlTemplate refuses ${JSON.stringify(params)} in ${template}`, () => {
    assert.throws(() => expand(template, { params }), { code: 'ACCESS_DENIED' })
  })
}

test('UrlTemplate lets no value leave its place', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const template = parseUrlTemplate('http://h/in/{x}/f?a={x}&b=1')
      let url: URL
      try {
        url = template.expand({ ...values, params: { x: value.toWellFormed() } })
      } catch {
        return
      }
      const segments = url.pathname.split('/')
      assert.deepEqual([url.host, segments.length, segments[1]], ['h', 4, 'in'])
      assert.equal(decodeURIComponent(segments[2] ?? ''), value.toWellFormed())
      assert.deepEqual([...url.searchParams.keys()], ['a', 'b'])
      assert.equal(url.hash, '')
    }),
  )
})

test('UrlTemplate says what it needs of the request, and shows no query', () => {
  const template = parseUrlTemplate('https://h:8443/{a}/{b...}/{path}?k=secret&{query}&{a}')
  assert.deepEqual(template.placeholders, ['a', 'b'])
  assert.equal(template.origin, 'https://h:8443')
  assert.equal(template.label, 'https://h:8443/{a}/{b...}/{path}')
  assert.equal(parseUrlTemplate('http://{h}/').origin, undefined)
  assert.equal(parseUrlTemplate('http://10.0.0.5{path}').origin, undefined)
})

for (const wrong of [
  'ftp://h/a',
  '/a',
  'http://',
  'http://user:pass@h/',
  'http://h/{a',
  'http://h/{}',
  'http://h/{mac:upper}',
  'http://h/{mac:Bare}',
  'http://h/a#b',
  'http://h/a/../b',
  'http://h/%2E%2e/b',
  'http://[h/',
  'http://h:99999/',
]) {
  test(`urlTemplateProblem finds fault with ${wrong}`, () => {
    assert.equal(typeof urlTemplateProblem(wrong), 'string')
  })
}

test('AllowedHosts takes what is listed, and nothing that looks like it', () => {
  const listed = ['files.example', '10.0.0.5:8080', '*.Lab.example', '[2001:DB8:0::7]']
  assert.deepEqual(
    listed.map((entry) => isHostEntry(entry)),
    [true, true, true, true],
  )
  const hosts = new AllowedHosts(listed, ['http://named:81'])
  const allowed = (href: string): boolean => hosts.includes(new URL(href))
  for (const href of [
    'http://files.example/a',
    'https://FILES.example/a',
    'http://10.0.0.5:8080/',
    'http://0x0a.5:8080/',
    'http://a.lab.example/',
    'http://a.b.lab.example/',
    'http://[2001:db8::7]/',
    'http://named:81/',
  ]) {
    assert.equal(allowed(href), true, href)
  }
  for (const href of [
    'http://files.example:8080/',
    'http://files.example.evil/',
    'http://xfiles.example/',
    'http://10.0.0.5/',
    'http://lab.example/',
    'http://xlab.example/',
    'http://named/',
    'https://named:81/',
    'http://user@files.example/',
    'ftp://files.example/',
  ]) {
    assert.equal(allowed(href), false, href)
  }
})

for (const wrong of ['', '*', '*.', 'a/b', 'a:b', 'a:99999', 'user@h', 'http://h', '*:80']) {
  test(`isHostEntry says no to "${wrong}"`, () => {
    assert.equal(isHostEntry(wrong), false)
  })
}
