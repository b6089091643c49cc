import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { Refusal } from '../../base/refusal.ts'
import { createTemplateEngine, type RenderRequest, type RenderResult } from './engine.ts'

const scratch = mkdtempSync(join(tmpdir(), 'trivet-templates-'))
after(() => rmSync(scratch, { recursive: true }))

let siteCount = 0

/** A folder with these files and an engine for it. */
function site(files: Readonly<Record<string, string>>, globals: Record<string, unknown> = {}) {
  siteCount += 1
  const root = join(scratch, String(siteCount))
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  const engine = createTemplateEngine({ root, globals, functionNames: ['now', 'client'] })
  const render = (name: string, request: Partial<RenderRequest> = {}): RenderResult =>
    engine.render({
      file: join(root, name),
      context: {},
      functions: { now: () => 'noon', client: () => ({ address: '10.0.0.9' }) },
      fuel: 1_000_000,
      ...request,
    })
  const text = (name: string, context = {}): string => render(name, { context }).text
  return { root, write, render, text }
}

/** The message of the refusal that a render ends with. */
function failure(render: () => unknown): string {
  try {
    render()
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    assert.equal(error.code, 'GENERATOR_FAILED')
    assert.equal(error.wireMessage, 'The template failed')
    return error.message
  }
  assert.fail('it did not fail')
}

/** The message with which a template of one file fails. */
function failureOf(source: string, globals: Record<string, unknown> = {}): string {
  const { render } = site({ 'a.j2': source }, globals)
  return failure(() => render('a.j2'))
}

test('TemplateEngine extends, includes and imports, across folders', () => {
  const { text } = site({
    'phones/a.xml.j2':
      '{% extends "base/phone.j2" %}{% from "macros.j2" import line %}{% block lines %}{{ super() }}{{ line(1) }}{% include "base/end.j2" %}{% endblock %}',
    'base/phone.j2': '<phone>{% block lines %}lines: {% endblock %}</phone>\n',
    'base/end.j2': '.',
    'macros.j2': '{% macro line(number) %}<line n="{{ number }}"/>{% endmacro %}',
  })
  assert.equal(text('phones/a.xml.j2'), '<phone>lines: <line n="1"/>.</phone>\n')
})

test('TemplateEngine escapes nothing, whatever the extension', () => {
  for (const name of ['a.xml.j2', 'a.html.j2', 'a.json.j2', 'a.yaml.j2', 'a.cfg.j2']) {
    const { text } = site({
      [name]: '{{ value }}{% include "b.xml.j2" %}',
      'b.xml.j2': '{{ value }}',
    })
    assert.equal(text(name, { value: '<&"é🦊' }), '<&"é🦊<&"é🦊', name)
  }
})

test('TemplateEngine keeps the last newline and leaves no trace of lines that hold only a tag', () => {
  const { text } = site({ 'a.j2': 'a\n  {% if true %}\nb\n  {% endif %}\n{# c #}\n{{ 1 }}\n' })
  assert.equal(text('a.j2'), 'a\nb\n1\n')
})

test('TemplateEngine prints numbers, truth values and none as configurations write them', () => {
  const { text } = site({ 'a.j2': '{{ a }} {{ b }} {{ c }} {{ d }} {{ 7 // 2 }}' })
  assert.equal(text('a.j2', { a: 5060, b: 1.5, c: true, d: null }), '5060 1.5 true none 3')
})

test('TemplateEngine refuses what is undefined, with template, line and name', () => {
  const { render } = site({ 'phones/cisco.xml.j2': '<a>\n\n  {{ ntp_server }}\n' })
  assert.equal(
    failure(() => render('phones/cisco.xml.j2')),
    'phones/cisco.xml.j2:3: "ntp_server" is undefined',
  )
})

test('TemplateEngine refuses an undefined value wherever it is used', () => {
  const globals = { site: { ntp: '10.0.0.1' } }
  const cases = {
    '{{ site.dns }}': 'site.dns',
    '{{ site.dns | upper }}': 'site.dns',
    '{{ site.dns | mac }}': 'site.dns',
    '{{ "a" ~ site.dns }}': 'site.dns',
    '{{ site.dns ~ "a" }}': 'site.dns',
    '{% if site.dns %}{% endif %}': 'site.dns',
    '{% if site.ntp and site.dns %}{% endif %}': 'site.dns',
    '{% if not site.dns %}{% endif %}': 'site.dns',
    '{% if site.dns == "x" %}{% endif %}': 'site.dns',
    '{% if 5 < site.dns %}{% endif %}': 'site.dns',
    '{% if site.dns in ["x"] %}{% endif %}': 'site.dns',
    '{% for one in site.dns %}{% endfor %}': 'site.dns',
    '{{ site.dns.first }}': 'site.dns',
    '{{ site.dns["first"] | upper }}': 'site.dns',
    '{{ site["dns"].first is defined }}': 'site["dns"]',
    '{{ 1 if site.dns else 2 }}': 'site.dns',
    '{{ site.ntp if site.ntp == "x" else site.dns }}': 'site.dns',
    '{{ (site.dns) | upper }}': 'site.dns',
    '{{ "a" | replace("a", site.dns) }}': 'site.dns',
    '{{ site.dns.split(",") }}': 'site.dns',
    '{{ site.dns[1:] }}': 'site.dns',
    '{% set x = site.dns %}{{ x }}': 'x',
    '{% macro m(a, b) %}{{ b }}{% endmacro %}{{ m(1) }}': 'b',
    '{{ client().name | upper }}': 'client().name',
    '{% include site.dns %}': 'site.dns',
    '{{ site.dns | default(site.other) }}': 'site.other',
    '{{ site.dns | default(site.other) | default(site.third) }}': 'site.third',
    '{{ dns.x | default("-") }}': 'dns',
  }
  for (const [source, name] of Object.entries(cases)) {
    assert.equal(failureOf(source, globals), `a.j2:1: "${name}" is undefined`, source)
  }
})

test('TemplateEngine takes an undefined value where Jinja does', () => {
  const { text } = site(
    {
      'a.j2': [
        '{{ site.dns | default("-") }}',
        '{{ site.dns | default(site.other) | default("-") }}',
        '{{ site.dns\n | default(\nsite.other, true) | d("-")\n }}',
        '{{ "" | default("-", true) }}{{ site.empty | default("-") }}{{ site.empty | d("-", true) }}',
        '{{ site.dns is defined }} {{ site.dns is not defined }} {{ not site.dns is defined }}',
        '{{ site.dns if site.dns is defined else "-" }}',
        '{% if site.dns is defined and site.dns.first %}{% endif %}',
        '{% set x = site.dns %}{{ x | d("-") }}',
        '{% macro m(a) %}{{ a | default("-") }}{% endmacro %}{{ m(site.dns) }}{{ m() }}',
        '{{ "" if false }}',
      ].join('|'),
    },
    { site: { empty: '' } },
  )
  assert.equal(text('a.j2'), '-|-|-|--|false true true|-||-|--|')
})

test('TemplateEngine suggests a name near an undefined one', () => {
  const globals = { site: { ntp_server: '10.0.0.1' } }
  const cases = {
    '{{ site.ntp_sever }}': '"site.ntp_sever" is undefined; did you mean "site.ntp_server"?',
    '{{ ntp_server }}': '"ntp_server" is undefined; did you mean "site.ntp_server"?',
    '{{ stie.ntp_server }}': '"stie" is undefined; did you mean "site"?',
    '{{ site.tftp }}': '"site.tftp" is undefined',
    '{{ "x" | macc }}': 'filter "macc" is unknown; did you mean "mac"?',
    '{{ "x" is strign }}': 'test "strign" is unknown; did you mean "string"?',
  }
  for (const [source, message] of Object.entries(cases)) {
    assert.equal(failureOf(source, globals), `a.j2:1: ${message}`)
  }
})

test('TemplateEngine names the innermost file and line of a failure', () => {
  const inner = {
    '{{ missing }}': '"missing" is undefined',
    '{{ "zz" | mac }}': 'mac: "zz" is not a MAC address',
    '{{ "a" + 1 }}': 'tried to use + operator on unsupported types string and number',
    '{{ a b }}': 'unexpected identifier, expected end of variable block',
    '{% include "nowhere.j2" %}': 'template "nowhere.j2" does not exist',
    '{{ nowhere() }}': 'function "nowhere" is unknown',
    '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}':
      'needed more than 1000000 steps: is there an endless loop?',
  }
  for (const [source, message] of Object.entries(inner)) {
    const { render } = site({
      'a.j2': '{% extends "base.j2" %}\n{% block one %}\n{% include "b.j2" %}{% endblock %}',
      'base.j2': '1\n2\n3\n4\n{% block one %}{% endblock %}\n',
      'b.j2': '\n\n\n{% if true %}{% include ["none.j2", "deep/c.j2"] %}{% endif %}\n',
      'deep/c.j2': `1\n2\n3\n4\n5\n6\n${source}\n`,
    })
    assert.equal(
      failure(() => render('a.j2')),
      `deep/c.j2:7: ${message}`,
    )
  }
})

test('TemplateEngine finds a failure in an imported template and behind super()', () => {
  const { render } = site({
    'import.j2': '{% import "module.j2" as module %}{{ module.x() }}',
    'module.j2': '\n{{ "a" + 1 }}{% macro x() %}{% endmacro %}',
    'super.j2': '{% extends "middle.j2" %}\n{% block one %}{{ super() }}{% endblock %}',
    'middle.j2': '{% extends "base.j2" %}',
    'base.j2': '\n\n{% block one %}\n{{ "a" + 1 }}\n{% endblock %}',
  })
  const reason = 'tried to use + operator on unsupported types string and number'
  assert.equal(
    failure(() => render('import.j2')),
    `module.j2:2: ${reason}`,
  )
  assert.equal(
    failure(() => render('super.j2')),
    `base.j2:4: ${reason}`,
  )
})

test('TemplateEngine shows no values in its messages', () => {
  const message = failureOf('{{ site.password + 1 }}', { site: { password: 'secret' } })
  assert.ok(!message.includes('secret'), message)
})

test('TemplateEngine survives a failing filter, function and template', () => {
  const { render, text } = site({
    'good.j2': 'good',
    'filter.j2': '{{ "x" | mac }}',
    'mapped.j2': '\n{{ ["x"] | map("mac") | list }}',
    'function.j2': '{{ now() }}',
    'memory.j2': '{{ ("x" * 900000000) | length }}',
    'recursion.j2': '{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(1) }}',
    'itself.j2': '{% include "itself.j2" %}',
  })
  const functions = {
    now: () => {
      throw new Error('no clock')
    },
  }
  assert.equal(
    failure(() => render('filter.j2')),
    'filter.j2:1: mac: "x" is not a MAC address',
  )
  assert.equal(
    failure(() => render('mapped.j2')),
    'mapped.j2:2: mac: "x" is not a MAC address',
  )
  assert.equal(
    failure(() => render('function.j2', { functions })),
    'function.j2:1: no clock',
  )
  assert.equal(
    failure(() => render('memory.j2')),
    'memory.j2: needed more than 256 MiB of memory',
  )
  assert.equal(text('good.j2'), 'good')
  assert.equal(
    failure(() => render('recursion.j2')),
    'recursion.j2:1: recursion limit exceeded',
  )
  assert.match(
    failure(() => render('itself.j2')),
    /^itself\.j2:1: /,
  )
  assert.equal(text('good.j2'), 'good')
})

test('TemplateEngine ends an endless loop after its fuel', () => {
  const { render } = site({
    'a.j2': '\n{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}',
  })
  assert.equal(
    failure(() => render('a.j2', { fuel: 5_000 })),
    'a.j2:2: needed more than 5000 steps: is there an endless loop?',
  )
})

test('TemplateEngine sees a change of any file it uses at the next render', () => {
  const { root, write, text } = site({
    'a.j2': '{% include "b.j2" %}{% include name ~ ".j2" %}{% include "new.j2" ignore missing %}',
    'b.j2': 'b1',
    'c.j2': 'c1',
  })
  const render = (): string => text('a.j2', { name: 'c' })
  assert.equal(render(), 'b1c1')
  write('b.j2', 'b2')
  assert.equal(render(), 'b2c1')
  write('c.j2', 'c2')
  assert.equal(render(), 'b2c2')
  write('new.j2', '+{% include "c.j2" %}')
  assert.equal(render(), 'b2c2+c2')
  rmSync(join(root, 'new.j2'))
  assert.equal(render(), 'b2c2')
  write('b.tmp', 'b3')
  renameSync(join(root, 'b.tmp'), join(root, 'b.j2'))
  assert.equal(render(), 'b3c2')
})

test('TemplateEngine fails with a broken file, and recovers when it is mended', () => {
  const { root, write, render, text } = site({ 'a.j2': '{% include "b.j2" ignore missing %}' })
  write('b.j2', '{% if x')
  assert.match(
    failure(() => render('a.j2')),
    /^b\.j2:1: unexpected end of input/,
  )
  write('b.j2', 'mended')
  assert.equal(text('a.j2'), 'mended')
  rmSync(join(root, 'a.j2'))
  assert.equal(
    failure(() => render('a.j2')),
    'Cannot read template "a.j2": there is no such file',
  )
  write('a.j2', 'back')
  assert.equal(text('a.j2'), 'back')
})

test('TemplateEngine never leaves its root', () => {
  const { root, write, render, text } = site({ 'a.j2': '{% include name %}', 'ok.j2': 'ok' })
  write('../outside.j2', 'outside')
  write('.hidden/x.j2', 'hidden')
  write('plain.txt', 'plain')
  symlinkSync(join(scratch, 'outside.j2'), join(root, 'link.j2'))
  symlinkSync(join(root, '.hidden'), join(root, 'seen'))
  symlinkSync(join(root, 'ok.j2'), join(root, 'inside.j2'))
  const names = [
    '../outside.j2',
    '/etc/passwd',
    '.hidden/x.j2',
    'plain.txt',
    'a\\b.j2',
    'x/../ok.j2',
  ]
  for (const name of names) {
    const wanted = `a.j2:1: ${JSON.stringify(name)} names no template: it is a *.j2 file below the root`
    assert.equal(
      failure(() => render('a.j2', { context: { name } })),
      wanted,
    )
  }
  for (const name of ['link.j2', 'seen/x.j2']) {
    const wanted = `Cannot read template "${name}": it leads outside of the root`
    assert.equal(
      failure(() => render('a.j2', { context: { name } })),
      wanted,
    )
  }
  assert.equal(text('a.j2', { name: 'inside.j2' }), 'ok')
})

test('TemplateEngine reads files up to 1 MiB', () => {
  const { write, render, text } = site({ 'a.j2': `{{ 1 }}${'x'.repeat(1_048_576 - 7)}` })
  assert.equal(text('a.j2').length, 1_048_576 - 6)
  write('a.j2', 'x'.repeat(1_048_577))
  assert.equal(
    failure(() => render('a.j2')),
    'Cannot read template "a.j2": it has 1048577 bytes, at most 1048576 are read',
  )
})

test('TemplateEngine makes a file of at most 1000 templates', () => {
  const { write, render } = site({})
  const names = Array.from({ length: 1000 }, (_, index) => `part-${index}.j2`)
  for (const name of names) write(name, '.')
  const source = names.map((name) => `{% include "${name}" %}`)
  write('a.j2', source.slice(1).join(''))
  assert.equal(render('a.j2').text.length, 999)
  write('a.j2', source.join(''))
  assert.equal(
    failure(() => render('a.j2')),
    'a.j2: it refers to more than 1000 templates',
  )
})

test('TemplateEngine takes a big context', () => {
  const list = Array.from({ length: 20_000 }, (_, index) => ({
    name: `port ${index}`,
    vlan: index,
  }))
  const { text } = site({
    'a.j2': '{% for one in list %}{{ one.name }}:{{ one.vlan }}\n{% endfor %}{{ list | length }}',
  })
  const rendered = text('a.j2', { list })
  assert.ok(rendered.endsWith('port 19999:19999\n20000'))
})

test('TemplateEngine tells what a rendition was made from', () => {
  const { render, write } = site({
    'a.j2': '{% include "b.j2" %}{% include name %}{% include "none.j2" ignore missing %}',
    'b.j2': 'b',
    'c.j2': 'c',
    'unused.j2': 'unused',
  })
  const context = { name: 'c.j2' }
  const first = render('a.j2', { context })
  assert.deepEqual(
    first.dependencies.map(({ name, hash }) => [name, hash?.length]),
    [
      ['a.j2', 64],
      ['b.j2', 64],
      ['c.j2', 64],
      ['none.j2', undefined],
    ],
  )
  assert.deepEqual(render('a.j2', { context }).dependencies, first.dependencies)
  assert.equal(first.isCurrent(), true)
  write('unused.j2', 'changed')
  assert.equal(first.isCurrent(), true)
  write('c.j2', 'C')
  assert.equal(first.isCurrent(), false)
  const changed = render('a.j2', { context }).dependencies
  assert.deepEqual(changed.toSpliced(2, 1), first.dependencies.toSpliced(2, 1))
  assert.notEqual(changed[2]?.hash, first.dependencies[2]?.hash)
})

test('TemplateEngine calls a rendition volatile only when it called a function', () => {
  const { render } = site({ 'a.j2': '{% if ask %}{{ now() }}{% endif %}' })
  assert.equal(render('a.j2', { context: { ask: false } }).isVolatile, false)
  assert.deepEqual(render('a.j2', { context: { ask: true } }).text, 'noon')
  assert.equal(render('a.j2', { context: { ask: true } }).isVolatile, true)
})

test('TemplateEngine reads a template outside of its root where the request names it', () => {
  const { write, text } = site({ 'base.j2': '[{% block x %}{% endblock %}]' })
  write('../other/base.j2', '{% extends "base.j2" %}{% block x %}{{ y }}{% endblock %}')
  assert.equal(text('../other/base.j2', { y: 1 }), '[1]')
})
