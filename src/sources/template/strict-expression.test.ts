import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { TemplateEnvironment } from './environment.ts'
import { rewriteTemplate } from './rewrite.ts'

const context = {
  a: 3,
  b: { c: 'x', d: [1, 2], e: { f: '' } },
  list: [{ n: 1 }, { n: 2 }],
  no: false,
}

/** Renders a template with and without the rewriting. */
function renderBoth(source: string): { plain: unknown; rewritten: unknown } {
  const render = (text: string): unknown => {
    const problem = environment.add('t.', text)
    const parts = { functions: {}, onCall: () => {}, keyOf: () => undefined, fuel: 100_000 }
    return problem ?? environment.run('t.', context, parts)
  }
  return { plain: render(source), rewritten: render(rewrite(source)) }
}

const environment = new TemplateEnvironment({
  globals: {},
  filters: {},
  memoryBytesMax: 2 ** 26,
  memoryBytesKept: 2 ** 25,
})

function rewrite(source: string): string {
  return rewriteTemplate(source, {
    file: 't.j2',
    ownFilters: new Set(['mac']),
    pureFunctions: new Set(['request']),
    keyOf: (name) => (name.endsWith('.j2') ? `${name}.` : undefined),
  }).source
}

const space = fc.constantFrom('', ' ', '\n', '  ')

/** Expressions over the context in which nothing is undefined. */
const { expression } = fc.letrec<{ expression: string; operand: string }>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(
      'a',
      'b.c',
      'b["c"]',
      'b.d[0]',
      'list[1].n',
      'b.e.f',
      'no',
      '1.5',
      '"}} |"',
      'none',
    ),
    fc.tuple(space, tie('expression')).map(([gap, one]) => `(${gap}${one})`),
    tie('expression').map((one) => `[${one}, b.c][0]`),
    tie('operand').map((one) => `b.d[0 if ${one} else 1]`),
    tie('expression').map((one) => `{"k": ${one}}.k`),
  ),
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('operand'),
    fc.tuple(tie('operand'), space).map(([one, gap]) => `${one}${gap}|${gap}string`),
    fc.tuple(tie('operand'), tie('expression')).map(([one, two]) => `${one} | default(${two})`),
    fc.tuple(tie('operand'), tie('operand')).map(([one, two]) => `${one} ~ ${two}`),
    fc.tuple(tie('operand'), tie('operand')).map(([one, two]) => `${one} == ${two}`),
    fc.tuple(tie('operand'), tie('operand')).map(([one, two]) => `${one} and not ${two}`),
    fc.tuple(tie('operand'), tie('operand')).map(([one, two]) => `${one} in [${two}, 1]`),
    fc
      .tuple(tie('operand'), tie('operand'), tie('expression'))
      .map(([one, two, three]) => `${one} if ${two} is string else ${three}`),
    tie('operand').map((one) => `${one} is not defined or ${one}`),
    tie('operand').map((one) => `${one} | replace("x", b.c)`),
  ),
}))

test('strictExpression changes nothing where everything is defined', () => {
  fc.assert(
    fc.property(expression, (text) => {
      const source = `1\n{{ ${text} }}{% if ${text} %}+{% endif %}{% set x = ${text} %}\n{{ x }}`
      const { plain, rewritten } = renderBoth(source)
      if (typeof plain !== 'string') return
      assert.equal(rewritten, plain, rewrite(source))
    }),
    { numRuns: 300 },
  )
})

test('rewriteTemplate keeps the number of lines', () => {
  fc.assert(
    fc.property(expression, (text) => {
      const source = `{% for x in [${text}] %}\n{{ x |\n default(${text}) }}{% endfor %}`
      assert.equal(rewrite(source).split('\n').length, source.split('\n').length)
    }),
  )
})

test('rewriteTemplate touches neither text nor comments nor raw blocks', () => {
  const source = [
    'a.b | c {{ "{{" }} {# {{ x }} #}',
    '{%- raw -%}{{ x | y }}{% if %}{%+ endraw %}',
    '{% block one %}{% endblock one %}{% macro m(a, b=1) %}{% endmacro %}',
  ].join('\n')
  assert.equal(rewrite(source), source)
})

test('rewriteTemplate leaves alone what it cannot cut into words', () => {
  for (const source of ['{{ a', '{% if "x %}', '{# no end', '{{ ä }}', '{{ a ]', '{{ $ }}']) {
    assert.equal(rewrite(source), source)
  }
})

test('rewriteTemplate gives references keys, and computed ones a function', () => {
  const cases = {
    '{% extends "a.j2" %}': '{% extends "a.j2." %}',
    "{% include 'a.j2' ignore missing %}": '{% include "a.j2." ignore missing %}',
    '{% include ["a.j2", "b.j2"] %}': '{% include ["a.j2.", "b.j2."] %}',
    '{% from "a.j2" import x as y with context %}': '{% from "a.j2." import x as y with context %}',
    '{%- import "a.j2" as a -%}': '{%- import "a.j2." as a -%}',
    '{% include "a" ~ ".j2" %}': String.raw`{% include __template("\u0001t.j2:1", "a" ~ ".j2") %}`,
    '{% include "a.txt" %}': String.raw`{% include __template("\u0001t.j2:1", "a.txt") %}`,
  }
  for (const [source, wanted] of Object.entries(cases)) assert.equal(rewrite(source), wanted)
})

test('rewriteTemplate tells own filters where they are used', () => {
  const at = String.raw`"\u0001t.j2:2"`
  assert.equal(rewrite("\n{{ 'a' | mac }}"), `\n{{ 'a' | mac(${at}) }}`)
  assert.equal(rewrite("\n{{ 'a' | mac('dash') }}"), `\n{{ 'a' | mac(${at}, 'dash') }}`)
})
