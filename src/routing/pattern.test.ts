import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { parameterTypes } from './parameter-types.ts'
import { compilePattern, PatternError } from './pattern.ts'

const mac = '00:11:22:aa:bb:cc'

type Params = Readonly<Record<string, string>> | undefined

const matches: readonly [string, string, Params][] = [
  ['/', '/', {}],
  ['/', '/a', undefined],
  ['/XMLDefault.cnf.xml', '/XMLDefault.cnf.xml', {}],
  ['/XMLDefault.cnf.xml', '/xmldefault.cnf.xml', undefined],
  ['/XMLDefault.cnf.xml', '/XMLDefault_cnf_xml', undefined],
  ['/XMLDefault.cnf.xml', '/XMLDefault.cnf.xml\n', undefined],
  ['/SEP{mac}.cnf.xml', '/SEP001122AABBCC.cnf.xml', { mac }],
  ['/SEP{mac}.cnf.xml', '/SEP00-11-22-aa-bb-cc.cnf.xml', { mac }],
  ['/SEP{mac}.cnf.xml', '/SEP001122AABBCC.cnf.xml.sgn', undefined],
  ['/SEP{mac}.cnf.xml', '/a/SEP001122AABBCC.cnf.xml', undefined],
  ['/SEP{mac}.cnf.xml', '/sep001122aabbcc.cnf.xml', undefined],
  ['/{mac}.cfg', '/001122aabbcc-phone.cfg', undefined],
  ['/{mac}-{file}.cfg', '/001122aabbcc-phone.cfg', { mac, file: 'phone' }],
  ['/snom{model}-{mac}.htm', '/snomD785-001122AABBCC.htm', { model: 'D785', mac }],
  ['/{model}-{mac}.cfg', '/CP-8851-3PCC-001122AABBCC.cfg', { model: 'CP-8851-3PCC', mac }],
  ['/pxelinux.cfg/01-{mac}', '/pxelinux.cfg/01-00-11-22-aa-bb-cc', { mac }],
  ['/pxelinux.cfg/{ipHex}', '/pxelinux.cfg/0A000007', { ipHex: '10.0.0.7' }],
  ['/pxelinux.cfg/{ipHex}', '/pxelinux.cfg/0A00000', undefined],
  ['/{serial}/config.txt', '/FOC1234/config.txt', { serial: 'FOC1234' }],
  ['/{serial}/config.txt', '/a/FOC1234/config.txt', undefined],
  ['/{host}-confg', '/core-sw-1-confg', { host: 'core-sw-1' }],
  ['/{one}-{two}', '/a-b-c', { one: 'a', two: 'b-c' }],
  ['/{one}-{two}', '/--c', { one: '-', two: 'c' }],
  ['/{one}-{two}', '/-a', undefined],
  ['/{one}/{two}', '/a/b', { one: 'a', two: 'b' }],
  ['/{one}/{two}', '/a//b', undefined],
  ['/{s:serial}.{n}', '/a.b!c', { s: 'a', n: 'b!c' }],
  ['/firmware/{path...}', '/firmware/a/b.bin', { path: 'a/b.bin' }],
  ['/firmware/{path...}', '/firmware/', undefined],
  ['/{path...}', '/dtb/', { path: 'dtb/' }],
  ['/{path...}', '/', undefined],
  ['/{path}', '/a/b', undefined],
  ['/{path}', '/a', { path: 'a' }],
  ['/{rest...}.loads', '/a/b.loads', { rest: 'a/b' }],
  ['/{rest...}.loads', '/.loads', undefined],
  ['/{kind}-{rest...}', '/a-b/c-d', { kind: 'a', rest: 'b/c-d' }],
  [
    '/{phone:mac}/{switch:mac}',
    `/${mac}/001122aabbcd`,
    { phone: mac, switch: '00:11:22:aa:bb:cd' },
  ],
  ['/{ip}.cfg', '/fe80::c.cfg', { ip: 'fe80::c' }],
  ['/{ip}.cfg', '/10.0.0.999.cfg', undefined],
  ['/a+(b)[c]*$^|.x', '/a+(b)[c]*$^|.x', {}],
  ['~ ^/cfg(?<mac>[0-9a-fA-F]{12})(?:\\.xml)?$', '/cfg001122AABBCC.xml', { mac }],
  ['~ ^/cfg(?<mac>.+)$', '/cfg001122AABBCC', { mac }],
  ['~ ^/cfg(?<mac>.+)$', '/cfg001122', undefined],
  ['~ ^/(?<word>[a-z]+)(?<number>[0-9])?$', '/ab', { word: 'ab' }],
  ['~ ^/(?:(?<a>x)|(?<b>y))$', '/y', { b: 'y' }],
  ['~[.]bin$', '/deep/x.bin', {}],
  ['~ ^/A', '/a', undefined],
]

const refused: readonly [string, RegExp][] = [
  ['', /it begins neither with "\/" nor, as a regular expression, with "~"/],
  ['SEP{mac}', /begins neither/],
  ['/{mac', /"\{" without "\}" at column 2/],
  ['/a}b', /"\}" without "\{" at column 3/],
  ['/{a}{b}', /two parameters with no text between them at column 5/],
  ['/{}', /found "\{\}" at column 2; allowed are \{name\}, \{name:type\} and \{name\.\.\.\}/],
  ['/{a b}', /found "\{a b\}"/],
  ['/{__proto__}', /found "\{__proto__\}"/],
  ['/{x:made}', /found type "made" at column 2; the types are mac, ip, ipHex, uuid/],
  ['/{x:constructor}', /found type "constructor"/],
  ['/{mac}-{mac}', /found two parameters "mac"; name one of them otherwise/],
  ['/{path...}/{name}', /found \{name\} after \{path\.\.\.\}; only text may follow/],
  ['~ ^/(', /Unterminated group/],
  ['~', /the regular expression behind "~" is empty/],
]

describe('compilePattern', () => {
  for (const [source, path, params] of matches) {
    const claim = params === undefined ? 'does not match' : 'matches'
    test(`${source} ${claim} ${JSON.stringify(path)}`, () => {
      const found = compilePattern(source).match(path)
      assert.deepEqual(found && { ...found }, params)
    })
  }

  for (const [source, message] of refused) {
    test(`refuses "${source}"`, () => {
      assert.throws(
        () => compilePattern(source),
        (error) => error instanceof PatternError && message.test(error.message),
      )
    })
  }

  test('tells its source, its parameters in order and the length of its text', () => {
    const { source, parameters, literalChars } = compilePattern('/a/{x}-{mac}.b{y...}')
    assert.deepEqual(
      [source, parameters, literalChars],
      ['/a/{x}-{mac}.b{y...}', ['x', 'mac', 'y'], 6],
    )
    assert.deepEqual(compilePattern('~ (?<b>.)\\(\\?<no>(?<a>.)').parameters, ['b', 'a'])
  })

  test('matches what was built from its parts, and gives the parts back', () => {
    const text = fc.stringMatching(/^[A-Za-z0-9._+()$^|*?[\]-]{1,6}$/)
    const segment = fc.stringMatching(/^[A-Za-z0-9_ äß]{1,8}$/)
    fc.assert(
      fc.property(text, segment, segment, (literal, one, two) => {
        const pattern = compilePattern(`/${literal}{mac}!{one}!/{two}`)
        const params = pattern.match(`/${literal}001122AABBCC!${one}!/${two}`)
        assert.deepEqual(params, { mac, one, two })
      }),
    )
  })

  test('never gives a parameter a slash, nor loses text between parameters', () => {
    const path = fc.array(fc.constantFrom('a', 'b', '-', '.', '/'), { maxLength: 12 })
    const pattern = compilePattern('/{a}-{b}.{c}')
    fc.assert(
      fc.property(path, (characters) => {
        const text = `/${characters.join('')}`
        const params = pattern.match(text)
        const isPossible = /^\/[^/]+-[^/]+\.[^/]+$/.test(text)
        assert.equal(params !== undefined, isPossible, text)
        if (params !== undefined)
          assert.equal(`/${params['a']}-${params['b']}.${params['c']}`, text)
      }),
      { numRuns: 1000 },
    )
  })

  // Trying every division of these names would take years.
  const hostile: readonly [string, string][] = [
    ['/{a}-{b}-{c}-{d}-{e}-{f}', `/${'-'.repeat(4095)}/`],
    ['/{a}-{b}/{c}-{d}/{e}-{f}/{g}-{h}', `/${`${'-'.repeat(500)}/`.repeat(8)}`],
    ['/{a}-{b:serial}/{c}-{d:serial}/{e}-{f:serial}/x', `/${`${'-'.repeat(800)}!/`.repeat(5)}`],
    ['/{a:serial}.{b:serial}.{c:serial}.{d:serial}!', `/${'.'.repeat(4000)}/!`],
    ['/{a}-{b:mac}/{c}-{d:mac}/{e}-{f:mac}.x', `/${'x-001122334455-'.repeat(270)}.x`],
    ['/{a:ip}-{b:ip}-{c:ip}', `/${':'.repeat(4000)}`],
    ['/{a}.{b...}.x', `/${'.'.repeat(4000)}.y`],
  ]
  for (const [source, path] of hostile) {
    test(`${source} gives up on a hostile name at once`, { timeout: 20_000 }, () => {
      const pattern = compilePattern(source)
      assert.equal(pattern.match(path), undefined)
      assert.notEqual(pattern.explain(path), '')
    })
  }
})

const explained: readonly [string, string, string][] = [
  ['/firmware/{path...}', '/foo', 'the path does not begin with "/firmware/"'],
  ['/SEP{mac}.cnf.xml', '/SEPfoo.cnf.xml', '"foo.cnf.xml" is not a MAC address'],
  ['/SEP{mac}.cnf.xml', '/SEP001122AABBCC', 'it ends where ".cnf.xml" should follow'],
  ['/SEP{mac}.cnf.xml', '/SEP001122AABBCC.xml', '".xml" stands where ".cnf.xml" should follow'],
  ['/SEP{mac}.cnf.xml', '/SEP001122AABBCC.cnf.xml.sgn', '".sgn" follows where the pattern ends'],
  ['/{model}-{mac}.cfg', '/D785-0011.cfg', '"0011.cfg" is not a MAC address'],
  ['/{ip}.cfg', '/999.1.1.1.cfg', '"999.1.1.1.cfg" is not an IP address'],
  ['/firmware/{path...}', '/firmware/', 'nothing is not a path'],
  ['/{serial}/x', '/a/b/x', '"/b/x" stands where "/x" should follow'],
  ['/{rest...}.bin', '/a/b', 'it ends where ".bin" should follow'],
  ['~ ^/a', '/b', 'it does not match the regular expression ^/a'],
  ['~ ^/(?<mac>.*)$', '/b', 'a group has a value that is not of the type it is named for'],
]

describe('Pattern explains', () => {
  for (const [source, path, why] of explained) {
    test(`why ${source} does not match ${path}`, () => {
      const pattern = compilePattern(source)
      assert.equal(pattern.match(path), undefined)
      assert.equal(pattern.explain(path), why)
    })
  }

  test('with a short quotation of a long path', () => {
    const why = compilePattern('/{ipHex}').explain(`/${'x'.repeat(4000)}`)
    assert.ok(why.length < 120, why)
  })

  test('in words for every path that does not match', () => {
    const path = fc.array(fc.constantFrom('0', 'a', '-', '.', ':', '/', 'SEP'), { maxLength: 20 })
    const types = Object.keys(parameterTypes)
    fc.assert(
      fc.property(path, fc.constantFrom(...types), (characters, type) => {
        const text = `/${characters.join('')}`
        const pattern = compilePattern(`/SEP{x:${type}}.a`)
        if (pattern.match(text) === undefined) assert.match(pattern.explain(text), /^\S.*[^.]$/s)
      }),
    )
  })
})
