import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { Refusal, type RefusalCode } from '../base/refusal.ts'
import { describeName, parseHttpTarget, parseRequestPath } from './request-path.ts'

const encoder = new TextEncoder()
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))
const parse = (name: string) => parseRequestPath(encoder.encode(name))

function refusalOf(work: () => unknown): RefusalCode {
  try {
    work()
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
  return assert.fail('nothing was refused')
}

/** A pathname as a URL parser leaves it, back in bytes. */
function decoded(pathname: string): number[] {
  const escapes = pathname.matchAll(/%([0-9A-F]{2})|([^%])/gs)
  return Array.from(escapes, ([, hex, plain]) =>
    hex === undefined ? (plain?.charCodeAt(0) ?? 0) : Number.parseInt(hex, 16),
  )
}

const holdsDots = (bytes: Uint8Array): boolean =>
  /(?:^|[/\\])\.\.(?:[/\\?]|$)/.test(String.fromCharCode(...bytes).split('?', 1)[0] ?? '')

/**
 * Names dense in what matters: separators, dots, percent signs, queries, and any other byte but
 * NUL.
 */
const names = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...latin1('/\\.%2e?#;&=\t\n a')) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 255 }) },
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((bytes) => Uint8Array.from(bytes))
  .filter((bytes) => bytes[0] !== 0x3f && !holdsDots(bytes))

describe('parseRequestPath', () => {
  const normalised: readonly [string, string, string, string][] = [
    ['SEP001122334455.cnf.xml', '/SEP001122334455.cnf.xml', '/SEP001122334455.cnf.xml', ''],
    ['/spa504.cfg', '/spa504.cfg', '/spa504.cfg', ''],
    ['//a///b', '/a/b', '/a/b', ''],
    ['Communicator\\RINGLIST.XML', '/Communicator/RINGLIST.XML', '/Communicator/RINGLIST.XML', ''],
    ['\\\\boot\\x64\\wdsnbp.com', '/boot/x64/wdsnbp.com', '/boot/x64/wdsnbp.com', ''],
    ['./a/./b', '/a/b', '/a/b', ''],
    ['dtb/', '/dtb/', '/dtb/', ''],
    ['dtb//', '/dtb/', '/dtb/', ''],
    ['/', '/', '/', ''],
    ['a...b/...', '/a...b/...', '/a...b/...', ''],
    ['a b', '/a b', '/a%20b', ''],
    ['a%2e%2e/b', '/a%2e%2e/b', '/a%252e%252e/b', ''],
    ['a#b;c', '/a#b;c', '/a%23b%3Bc', ''],
    ['tab\there', '/tab\there', '/tab%09here', ''],
    ['http://h/x', '/http:/h/x', '/http%3A/h/x', ''],
    ['größe', '/größe', '/gr%C3%B6%C3%9Fe', ''],
    ['cgi/test?mac=1&b=a?b', '/cgi/test', '/cgi/test', 'mac=1&b=a?b'],
    ['cgi/test?', '/cgi/test', '/cgi/test', ''],
    ['cgi/test?a b=%20#"c"', '/cgi/test', '/cgi/test', 'a%20b=%20%23%22c%22'],
    ['cgi/test?../x', '/cgi/test', '/cgi/test', '../x'],
  ]
  for (const [name, text, encoded, query] of normalised) {
    test(`normalises ${JSON.stringify(name)}`, () => {
      assert.deepEqual(parse(name), { text, encoded, query, sent: name })
    })
  }

  test('keeps bytes that are not UTF-8 in the encoded form, and a byte order mark', () => {
    const invalid = parseRequestPath(Uint8Array.of(0xff, 0xfe, 0x2f, 0xc0))
    assert.deepEqual(invalid, {
      text: '/\u{fffd}\u{fffd}/\u{fffd}',
      encoded: '/%FF%FE/%C0',
      query: '',
      sent: '\u{fffd}\u{fffd}/\u{fffd}',
    })
    const marked = parseRequestPath(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))
    assert.equal(marked.text, '/\u{feff}a')
  })

  const refused: readonly [string, string, RefusalCode][] = [
    ['nothing', '', 'MALFORMED_REQUEST'],
    ['a query alone', '?a=b', 'MALFORMED_REQUEST'],
    ['NUL', 'a\0b', 'MALFORMED_REQUEST'],
    ['4,097 bytes', 'x'.repeat(4097), 'MALFORMED_REQUEST'],
    ['4,097 bytes with the query', `x?${'y'.repeat(4095)}`, 'MALFORMED_REQUEST'],
    ['..', '..', 'ACCESS_DENIED'],
    ['.. in front', '../../etc/passwd', 'ACCESS_DENIED'],
    ['.. inside', 'a/../b', 'ACCESS_DENIED'],
    ['.. behind a backslash', 'a\\..\\b', 'ACCESS_DENIED'],
    ['.. at the end', 'a/..', 'ACCESS_DENIED'],
    ['.. before a query', 'a/..?x', 'ACCESS_DENIED'],
  ]
  for (const [what, name, code] of refused) {
    test(`refuses ${what}`, () => {
      assert.equal(
        refusalOf(() => parse(name)),
        code,
      )
    })
  }

  test('takes 4,096 bytes', () => {
    assert.equal(parse('x'.repeat(4096)).text.length, 4097)
  })

  test('makes a path that a URL parser leaves as it is, for either front', () => {
    fc.assert(
      fc.property(names, (name) => {
        const { encoded, query } = parseRequestPath(name)
        for (const scheme of ['tftp', 'http']) {
          const url = new URL(`${scheme}://h${encoded}${query === '' ? '' : `?${query}`}`)
          assert.equal(url.pathname, encoded)
          assert.equal(url.search, query === '' ? '' : `?${query}`)
          assert.equal(url.hash, '')
        }
      }),
      { numRuns: 500 },
    )
  })

  test('loses no byte of a name', () => {
    const segment = fc
      .uint8Array({ min: 1, minLength: 1, maxLength: 12 })
      .filter((bytes) => !/^\.\.?$|[/\\?]/.test(String.fromCharCode(...bytes)))
    fc.assert(
      fc.property(segment, segment, (one, other) => {
        const name = Uint8Array.of(...one, 0x2f, ...other)
        const { encoded } = parseRequestPath(name)
        assert.deepEqual(decoded(new URL(`tftp://h${encoded}`).pathname), [0x2f, ...name])
      }),
    )
  })
})

describe('parseHttpTarget', () => {
  const normalised: readonly [string, string, string][] = [
    ['/', '/', ''],
    ['http://host', '/', ''],
    ['/a/b?c=d', '/a/b', 'c=d'],
    ['http://host:8069/a?b', '/a', 'b'],
    ['//host/a', '/host/a', ''],
    ['/a%20b', '/a b', ''],
    ['/a+b', '/a+b', ''],
    ['/a%5cb', '/a/b', ''],
    ['/a%2fb', '/a/b', ''],
    ['/a\\b', '/a/b', ''],
    ['/what%3fnow?query', '/what?now', 'query'],
    ['/a%2523', '/a%23', ''],
    ['/a#b?c', '/a', ''],
    ['/a?b#c', '/a', 'b'],
    ["/a?it's", '/a', 'it%27s'],
    ['/%2e/a', '/a', ''],
    ['/dtb/', '/dtb/', ''],
    ['/gr%c3%b6%C3%9Fe', '/größe', ''],
  ]
  for (const [target, text, query] of normalised) {
    test(`reads ${target}`, () => {
      const path = parseHttpTarget(target)
      assert.deepEqual([path.text, path.query], [text, query])
    })
  }

  const asSent: readonly [string, string][] = [
    ['/a/b?c=d', 'a/b?c=d'],
    ['//a', '/a'],
    ['/a%5cb//c', 'a\\b//c'],
    ['/', '/'],
  ]
  for (const [target, sent] of asSent) {
    test(`tells what ${target} stands for, as a TFTP client would send it`, () => {
      assert.equal(parseHttpTarget(target).sent, sent)
    })
  }

  test('takes raw octets as the HTTP parser hands them on, one character each', () => {
    const octets = String.fromCharCode(...encoder.encode('/größe'))
    assert.deepEqual(parseHttpTarget(octets), parse('größe'))
    assert.deepEqual(parseHttpTarget('/日本'), parse('日本'))
  })

  const refused: readonly [string, RefusalCode][] = [
    ['/a/%2e%2e/b', 'ACCESS_DENIED'],
    ['/a/.%2E/b', 'ACCESS_DENIED'],
    ['/a%5c..%5cb', 'ACCESS_DENIED'],
    ['/../a', 'ACCESS_DENIED'],
    ['/a%00b', 'MALFORMED_REQUEST'],
    ['/a%', 'MALFORMED_REQUEST'],
    ['/a%2', 'MALFORMED_REQUEST'],
    ['/a%zz', 'MALFORMED_REQUEST'],
    [`/${'%41'.repeat(4097)}`, 'MALFORMED_REQUEST'],
    [`/a?${'b'.repeat(16_385)}`, 'MALFORMED_REQUEST'],
  ]
  for (const [target, code] of refused) {
    test(`refuses ${target.slice(0, 20)}`, () => {
      assert.equal(
        refusalOf(() => parseHttpTarget(target)),
        code,
      )
    })
  }

  test('sees the same path in an encoded name as TFTP does in its bytes', () => {
    fc.assert(
      fc.property(names, (name) => {
        const path = parseRequestPath(name)
        const target = `${path.encoded}${path.query === '' ? '' : `?${path.query}`}`
        const { sent, ...same } = parseHttpTarget(target)
        assert.deepEqual({ ...same, sent: path.sent }, path)
        assert.deepEqual(parse(sent.split('?', 1)[0] ?? '').text, path.text)
      }),
      { numRuns: 500 },
    )
  })

  test('refuses with a Refusal or not at all, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (target) => {
        try {
          assert.match(parseHttpTarget(target).encoded, /^\/[A-Za-z0-9\-._~%/]*$/)
        } catch (error) {
          assert.ok(error instanceof Refusal, String(error))
        }
      }),
    )
  })
})

describe('describeName', () => {
  test('escapes what does not print', () => {
    assert.equal(describeName(latin1('a\\b\0\n\xff~')), String.raw`a\x5cb\x00\x0a\xff~`)
  })

  test('cuts at 256 characters, never within an escape', () => {
    assert.equal(describeName(latin1('x'.repeat(256))), 'x'.repeat(256))
    assert.equal(describeName(latin1('x'.repeat(257))), `${'x'.repeat(256)}…`)
    assert.equal(describeName(latin1(`${'x'.repeat(254)}\n`)), `${'x'.repeat(254)}…`)
  })
})
