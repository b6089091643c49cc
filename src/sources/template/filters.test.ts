import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { TemplateEnvironment } from './environment.ts'
import { FilterError } from './filter.ts'
import { filterRows } from './filters.ts'

const filters = Object.fromEntries(filterRows.map(({ name, filter }) => [name, filter]))
const environment = new TemplateEnvironment({
  globals: {},
  filters,
  memoryBytesMax: 2 ** 26,
  memoryBytesKept: 2 ** 25,
})

/** What a template prints for an expression. */
function print(expression: string, context = {}): unknown {
  assert.equal(environment.add('t.', `{{ ${expression} }}`), undefined)
  const parts = { functions: {}, onCall: () => {}, keyOf: () => undefined, fuel: 100_000 }
  return environment.run('t.', context, parts)
}

/** Why a filter does not take a value. */
function failure(expression: string): string {
  const outcome = print(expression)
  assert.ok(typeof outcome === 'object' && outcome !== null && 'own' in outcome, String(outcome))
  return (outcome.own as { message: string }).message
}

test('filterRows have true examples', () => {
  for (const { examples } of filterRows) {
    for (const [expression, output] of examples) {
      assert.equal(print(expression), output, expression)
    }
  }
})

test('mac takes every common spelling', () => {
  for (const text of [
    '001122aabbcc',
    '00-11-22-AA-BB-CC',
    '0011.22aa.bbcc',
    ' 00:11:22:aa:bb:cc ',
  ]) {
    assert.equal(filters['mac']?.(text), '00:11:22:aa:bb:cc')
    assert.equal(filters['mac']?.(text, 'dash'), '00-11-22-aa-bb-cc')
    assert.equal(filters['mac']?.(text, 'bare'), '001122aabbcc')
  }
})

test('mac says what it does not take', () => {
  assert.equal(failure("'0011223344' | mac"), 'mac: "0011223344" is not a MAC address')
  assert.equal(failure('none | mac'), 'mac: none is not a MAC address')
  assert.equal(failure('[1] | mac'), 'mac: a list is not a MAC address')
  assert.equal(
    failure("'001122aabbcc' | mac('cisco')"),
    'mac: "cisco" is not a style; the styles are colon, dash, dotted, bare',
  )
})

test('ipaddr gives each part of an address', () => {
  const cases: Readonly<Record<string, readonly [unknown, unknown][]>> = {
    '192.168.5.130/25': [
      [undefined, '192.168.5.130/25'],
      ['address', '192.168.5.130'],
      ['network', '192.168.5.128'],
      ['netmask', '255.255.255.128'],
      ['hostmask', '0.0.0.127'],
      ['prefix', 25],
      ['subnet', '192.168.5.128/25'],
      ['broadcast', '192.168.5.255'],
      ['first', '192.168.5.129'],
      ['last', '192.168.5.254'],
      ['size', 128],
      ['version', 4],
      [1, '192.168.5.129/25'],
      ['-2', '192.168.5.254/25'],
    ],
    '10.0.0.1/255.255.255.0': [['subnet', '10.0.0.0/24']],
    '10.0.0.0/31': [
      ['first', '10.0.0.0'],
      ['last', '10.0.0.1'],
    ],
    '10.0.0.7': [
      [undefined, '10.0.0.7'],
      ['netmask', '255.255.255.255'],
    ],
    '2001:db8::9/64': [
      ['network', '2001:db8::'],
      ['netmask', 'ffff:ffff:ffff:ffff::'],
      ['first', '2001:db8::1'],
      ['last', '2001:db8::ffff:ffff:ffff:ffff'],
      ['version', 6],
    ],
    '0.0.0.0/0': [
      ['broadcast', '255.255.255.255'],
      ['size', 2 ** 32],
    ],
  }
  for (const [text, parts] of Object.entries(cases)) {
    for (const [part, wanted] of parts) {
      assert.equal(filters['ipaddr']?.(text, part), wanted, `${text} ${String(part)}`)
    }
  }
})

test('address filters say what they do not take', () => {
  assert.equal(failure("'10.0.0.300' | ipaddr"), 'ipaddr: "10.0.0.300" is not an IP address')
  assert.equal(failure("'10.0.0.1/33' | ipaddr"), 'ipaddr: "10.0.0.1/33" is not a network')
  assert.equal(failure("'10.0.0.0/30' | ipaddr(4)"), 'ipaddr: "10.0.0.0/30" has no address 4')
  assert.match(failure("'10.0.0.1' | ipaddr('mask')"), /^ipaddr: "mask" is no part; the parts are /)
  assert.equal(
    failure("'2001:db8::/64' | ipaddr('broadcast')"),
    'ipaddr: "2001:db8::/64" has no broadcast address',
  )
  assert.equal(failure("'::1' | ip_hex"), 'ip_hex: "::1" is not an IPv4 address')
  assert.match(failure('33 | netmask'), /^netmask: 33 is neither a prefix length/)
})

test('ip_hex is what {ipHex} in a name is read from', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const hex = String(filters['ip_hex']?.(address))
      const octets = hex.match(/../g)?.map((digits) => Number.parseInt(digits, 16))
      assert.equal(octets?.join('.'), address)
    }),
  )
})

test('b64decode undoes b64', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(filters['b64decode']?.(filters['b64']?.(text)), text)
    }),
  )
  assert.equal(failure("'a?' | b64decode"), 'b64decode: "a?" is not base64')
  assert.equal(failure("'/w==' | b64decode"), 'b64decode: "/w==" does not hold UTF-8 text')
})

test('format writes as printf does', () => {
  const cases: readonly [string, readonly unknown[], string][] = [
    ['%s|%5s|%-5s|%.2s', ['abc', 'ab', 'ab', 'abc'], 'abc|   ab|ab   |ab'],
    ['%d|%5d|%-5d|%05d|%+d|% d', [7, 7, 7, -7, 7, 7], '7|    7|7    |-0007|+7| 7'],
    ['%x|%X|%02x|%#x|%o', [255, 255, 10, 255, 8], 'ff|FF|0a|0xff|10'],
    ['%012x', [0x00_11_22_33_44_55], '001122334455'],
    ['%f|%.1f|%06.2f|%e', [1.5, 2.25, 2.71, 12345], '1.500000|2.3|002.71|1.234500e+04'],
    ['%d%%|%c|%c', ['12', 65, 'B'], '12%|A|B'],
    ['%.3d|%s', [7, true], '007|true'],
  ]
  for (const [text, given, wanted] of cases) {
    assert.equal(filters['format']?.(text, ...given), wanted, text)
  }
})

test('format says what is wrong', () => {
  assert.equal(failure("'%s %s' | format(1)"), 'format: too few arguments')
  assert.equal(failure("'%s' | format(1, 2)"), 'format: 2 arguments, 1 are used')
  assert.equal(failure("'%d' | format('a')"), 'format: "%d" needs a number, found "a"')
  assert.equal(failure("'%x' | format(1.5)"), 'format: "%x" needs a whole number, found 1.5')
  assert.equal(failure("'%(a)s' | format(b=1)"), 'format: no argument is named "a"')
  assert.match(failure("'%q' | format(1)"), /^format: "%q" is not known/)
  assert.match(failure("'%9999s' | format(1)"), /^format: "%9999s" is too long/)
})

test('tojson gives equal bytes for equal values', () => {
  const context = { value: { b: [1, 2.5, null, true], a: { d: 'é<', c: {} } } }
  assert.equal(print('value | tojson', context), '{"a":{"c":{},"d":"é<"},"b":[1,2.5,null,true]}')
  assert.equal(print('{"a": 1} | tojson(indent=2)'), '{\n  "a": 1\n}')
  assert.equal(failure('1 | tojson(indent=11)'), 'tojson: indent 11 is not 0 to 10')
})

test('regex_replace takes groups, flags and literal dollar signs', () => {
  const replace = (...given: unknown[]): unknown => filters['regex_replace']?.('ab-AB', ...given)
  assert.equal(replace('(?P<x>a)(b)', String.raw`\2\g<x>`), 'ba-AB')
  assert.equal(replace('a', '$&', new Map([['ignorecase', true]])), '$&b-$&B')
  assert.equal(replace('[a-z]+'), '-AB')
})

test('regex_replace ends a pattern that backtracks without end', () => {
  const text = 'a'.repeat(64)
  assert.throws(
    () => filters['regex_replace']?.(text, '(a+)+$b'.replace('$', ''), ''),
    (error: unknown) =>
      error instanceof FilterError &&
      error.message === 'regex_replace: "(a+)+b" needs more than 100 ms',
  )
  assert.equal(filters['regex_replace']?.('aaa', 'a', 'b'), 'bbb')
  assert.match(
    failure("'a' | regex_replace('(', '')"),
    /^regex_replace: Invalid regular expression/,
  )
  assert.throws(() => filters['regex_replace']?.('a'.repeat(65_537), 'a', ''), /at most 65536/)
})

test('quote, xml and urlencode leave nothing that could be read as syntax', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(String(filters['xml']?.(text)), /[<>"']/)
      assert.match(String(filters['urlencode']?.(text)), /^[\w.!~*'()%/-]*$/)
      const word = String(filters['quote']?.(text))
      const unquoted = word.startsWith("'")
        ? word.replaceAll(`'"'"'`, '\0').slice(1, -1).replaceAll('\0', "'")
        : word
      if (!text.includes('\0')) assert.equal(unquoted, text)
    }),
  )
})
