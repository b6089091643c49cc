import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigError } from './problems.ts'
import { parseYaml } from './yaml-document.ts'
import { ALIASED_VALUES_MAX } from '../yaml/yaml-values.ts'

// Goal: what a person wrote arrives as it was meant, and what cannot be meant is said with its
// line. Method: tables of YAML and values, of YAML and messages.

function valueOf(text: string): unknown {
  return (parseYaml(`v: ${text}`, 'site.yaml').value as { v: unknown }).v
}

describe('parseYaml, scalars', () => {
  const texts = [
    ['001122334455', '112233445566e', '112233445e66', '00:11:22:33:44:55', '0011.2233.4455'],
    ['0012', '00', '-0', '1.10', '1.0', '.5', '5.', '1e3', '+1', '1_000', '0x1F', '0o17', '017'],
    ['9007199254740993', '9007199254740992', '12345678901234567890', '100000000000000000000'],
    ['yes', 'no', 'on', 'off', 'True', 'FALSE', 'Null', '~', 'y', 'NaN', '.inf', '-.inf'],
    ['2026-11-23', '12:30:45', '190:20:30', '10.0.0.1', '0.0.0.0:69', ':69', '1,5', '<<'],
  ].flat()
  for (const text of texts) {
    test(`parseYaml keeps ${text} as text`, () => assert.equal(valueOf(text), text))
  }

  const typed: readonly (readonly [string, unknown])[] = [
    ['true', true],
    ['false', false],
    ['null', null],
    ['', null],
    ['0', 0],
    ['42', 42],
    ['-7', -7],
    ['1.5', 1.5],
    ['-0.25', -0.25],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['"42"', '42'],
    ["'true'", 'true'],
    ['"null"', 'null'],
    ['""', ''],
    ['!!str 42', '42'],
    ['! true', 'true'],
    ['42 # not part of it', 42],
    ['|\n  42\n', '42\n'],
    ['>-\n  true\n', 'true'],
    ['[1, 01, on]', [1, '01', 'on']],
    ['{ a: 1, b: }', { a: 1, b: null }],
  ]
  for (const [text, value] of typed) {
    test(`parseYaml reads ${JSON.stringify(text)} as ${JSON.stringify(value)}`, () =>
      assert.deepEqual(valueOf(text), value))
  }

  test('parseYaml keeps keys as text', () => {
    assert.deepEqual(parseYaml('001122334455: 1\ntrue: 2\n1.10: 3\n"5": 4\n', 'f').value, {
      '001122334455': 1,
      true: 2,
      '1.10': 3,
      5: 4,
    })
  })

  test('parseYaml makes no prototype of a key', () => {
    const value = parseYaml('__proto__: { isAdmin: true }', 'f').value as object
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
    assert.equal('isAdmin' in value, false)
  })

  test('parseYaml reads the same under a YAML 1.1 directive, a byte order mark and CRLF', () => {
    assert.deepEqual(parseYaml('%YAML 1.1\n---\na: yes\nb: 0012\n', 'f').value, {
      a: 'yes',
      b: '0012',
    })
    assert.deepEqual(parseYaml('\uFEFFa: 1\r\nb: x\r\n', 'f').value, { a: 1, b: 'x' })
  })

  test('parseYaml reads an empty document as null', () => {
    assert.equal(parseYaml('', 'f').value, null)
    assert.equal(parseYaml('# nothing yet\n', 'f').value, null)
  })
})

describe('parseYaml, aliases', () => {
  test('parseYaml gives an alias the value of its anchor', () => {
    const text = 'a: &one { mac: 001122334455 }\nb: *one\nc: [*one, &two 0012, *two]\n'
    const one = { mac: '001122334455' }
    assert.deepEqual(parseYaml(text, 'f').value, { a: one, b: one, c: [one, '0012', '0012'] })
  })

  test('parseYaml takes the nearest anchor before the alias', () => {
    assert.deepEqual(parseYaml('[&a 1, *a, &a 2, *a]', 'f').value, [1, 1, 2, 2])
  })

  test('parseYaml takes a thousand aliases to a small value', () => {
    const text = `base: &base { a: 1 }\nall:\n${'  - *base\n'.repeat(1000)}`
    assert.equal((parseYaml(text, 'f').value as { all: unknown[] }).all.length, 1000)
  })

  test('parseYaml refuses aliases of aliases that grow without end', () => {
    const levels = Array.from({ length: 40 }, (_, index) =>
      index === 0
        ? 'l0: &l0 [x, x, x, x]'
        : `l${index}: &l${index} [${`*l${index - 1}, `.repeat(9)}]`,
    )
    assert.deepEqual(messagesOf(levels.join('\n')), [
      `site.yaml:6 l5[1]: aliases make more than ${ALIASED_VALUES_MAX} values of this document`,
    ])
  })
})

function messagesOf(text: string): string[] {
  try {
    parseYaml(text, 'site.yaml')
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message.split('\n')
  }
}

describe('parseYaml, problems', () => {
  const rows: readonly (readonly [string, ...string[]])[] = [
    ['a: 1\nb: 2\na: 3', 'site.yaml:3 a: found the key "a" twice, first on line 1'],
    [
      'values:\n  1.10: x\n  "1.10": y',
      'site.yaml:3 values.1.10: found the key "1.10" twice, first on line 2',
    ],
    ['a: 1\n---\nb: 2', 'site.yaml:2: found a second document, expected one in a file'],
    ['a:\n\tb: 1', 'site.yaml:2: found a tab as indentation, expected spaces'],
    [
      'listen:\n  tftp: [::]:69',
      'site.yaml:2: found ":69", expected the value to end before it: put it in quotes if it is one text',
    ],
    [
      'routes:\n  - { match: /SEP{mac}.xml, static: a }',
      'site.yaml:2: found "{mac}.xml, static: a }", expected the value to end before it: put it in quotes if it is one text',
    ],
    ['a: @x', 'site.yaml:1: found "@x": a value that begins so needs quotes'],
    ['a: `x`', 'site.yaml:1: found "`x`": a value that begins so needs quotes'],
    [
      'a: b: c',
      'site.yaml:1: found "b: c", expected one value: put it in quotes if ": " belongs to it',
    ],
    [
      'a:\n  b: 1\n c: 2',
      'site.yaml:3: found " c: 2", which stands neither below nor beside the line above it',
    ],
    ['a: "x', 'site.yaml:1: cannot be read as YAML: Missing closing "quote'],
    [
      'a: [1, 2',
      'site.yaml:1: cannot be read as YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['a: 1\nb: *x', 'site.yaml:2 b: found the alias "*x", but no anchor "&x" before it'],
    ['a: [*x, &x 1]', 'site.yaml:1 a[0]: found the alias "*x", but no anchor "&x" before it'],
    ['a: &a\n  b: *a', 'site.yaml:2 a.b: the alias "*a" stands inside what it refers to'],
    [
      'base: &b { x: 1 }\nmore:\n  <<: *b',
      'site.yaml:3 more: found the merge key "<<", which is not supported: write the keys out',
    ],
    [
      'values:\n  ? [a]\n  : 1',
      'site.yaml:2 values: found an alias, a list or a map as a key, expected text',
    ],
    [
      'a: !!int "5"\nb: !secret x',
      'site.yaml:1 a: found the tag "!!int", expected none: put text in quotes instead',
      'site.yaml:2 b: found the tag "!secret", expected none: put text in quotes instead',
    ],
    ['a: *x\na: 1\nc: @', 'site.yaml:3: found "@": a value that begins so needs quotes'],
    [
      'a: *x\nb: *y\na: 1',
      'site.yaml:1 a: found the alias "*x", but no anchor "&x" before it',
      'site.yaml:2 b: found the alias "*y", but no anchor "&y" before it',
      'site.yaml:3 a: found the key "a" twice, first on line 1',
    ],
  ]
  for (const [text, ...messages] of rows) {
    test(`parseYaml says what is wrong with ${JSON.stringify(text)}`, () =>
      assert.deepEqual(messagesOf(text), messages))
  }

  test('parseYaml refuses what is nested too deeply', () => {
    const [message = '', ...more] = messagesOf(`a: ${'['.repeat(20_000)}`)
    assert.equal(message, 'site.yaml:1: lists and maps are nested too deeply')
    assert.deepEqual(more, [])
  })
})

describe('YamlDocument.locate', () => {
  const text =
    'values:\n  a: 1\nroutes:\n  - match: /a\n    static:\n      folder: x\n  - &b\n    match: /b\n'
  const rows: readonly (readonly [readonly PropertyKey[], number, number])[] = [
    [[], 1, 1],
    [['values', 'a'], 2, 3],
    [['routes'], 3, 1],
    [['routes', 0], 4, 5],
    [['routes', 0, 'static', 'folder'], 6, 7],
    [['routes', 0, 'static', 'missing'], 5, 5],
    [['routes', 1, 'match'], 8, 5],
    [['routes', 7, 'match'], 3, 1],
    [['missing'], 1, 1],
  ]
  for (const [path, line, column] of rows) {
    test(`locate finds ${path.join('.') || 'the whole'}`, () =>
      assert.deepEqual(parseYaml(text, 'f').locate(path), { line, column }))
  }

  test('locate gives the place of an alias for what stands behind it', () => {
    const document = parseYaml('a: &a { x: 1 }\nb: *a\n', 'f')
    assert.deepEqual(document.locate(['b', 'x']), { line: 2, column: 1 })
  })
})
