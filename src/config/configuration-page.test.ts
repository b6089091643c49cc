import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { siteMessages } from '../testing/site-messages.ts'
import { writtenFolder } from '../testing/written-folder.ts'
import { loadSite } from './load.ts'
import { type JsonSchema, siteJsonSchema } from './schema-json.ts'

// Goal: docs/configuration.md says what the code does. Method: its tables are compared with the
// schema, its examples are loaded, its messages are produced.

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8')

/** The fenced block of a section. */
function fence(heading: string, language: string): string {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  const block = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(section)?.[1]
  assert.ok(block !== undefined, `the section "${heading}" has no ${language}`)
  return block
}

/** A row for every key of the schema, as the page has them. */
function rowsOf(schema: JsonSchema, prefix = ''): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = `${prefix}${key}`
    const inner = rowsOf(value, path === 'routes' ? '' : `${path}.`)
    return [`| \`${path}\` | ${value.description} |`, ...inner]
  })
  const inner = [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])]
  return [...own, ...inner.flatMap((one) => rowsOf(one, prefix))]
}

describe('docs/configuration.md', () => {
  test('docs/configuration.md has a row for every key, in the words of the schema', () => {
    const lines = new Set(page.split('\n'))
    const rows = rowsOf(siteJsonSchema())
    assert.ok(rows.length > 40)
    const missing = rows.filter((row) => !lines.has(row))
    assert.equal(missing.join('\n'), '', 'rows to put into the page')
    const stale = [...lines].filter((line) => line.startsWith('| `') && !rows.includes(line))
    assert.equal(stale.join('\n'), '', 'rows to take out of the page')
  })

  test('docs/configuration.md shows a folder that is a site', async () => {
    await using folder = await writtenFolder({})
    const commands = fence('A folder', 'sh')
    const { status, stderr } = spawnSync('sh', ['-ec', commands], {
      cwd: folder.path,
      encoding: 'utf8',
    })
    assert.deepEqual([status, stderr], [0, ''])
    const { site, warnings } = await loadSite(join(folder.path, 'site'))
    assert.deepEqual([site.file, warnings], [undefined, []])
  })

  test('docs/configuration.md shows a trivet.yaml that loads', async () => {
    await using folder = await writtenFolder({})
    await cp(join(root, 'examples/phones'), folder.path, { recursive: true })
    await writeFile(join(folder.path, 'trivet.yaml'), fence('trivet.yaml', 'yaml'))
    const { site, warnings } = await loadSite(folder.path)
    const kinds = site.routes.map(({ source }) => source.kind)
    assert.deepEqual([kinds, warnings], [['template', 'static'], []])
  })

  test('docs/configuration.md shows a trivet.config.ts that loads', async () => {
    const trivet = join(import.meta.dirname, 'define-config.ts')
    const text = fence('trivet.config.ts', 'ts')
      .replace("'trivet'", JSON.stringify(trivet))
      .replace("'hono'", JSON.stringify(import.meta.resolve('hono')))
    await using folder = await writtenFolder({ 'trivet.config.ts': text })
    const { site } = await loadSite(folder.path)
    const [app, files] = site.routes.map(({ source }) => source)
    assert.ok(app?.kind === 'app' && files?.kind === 'static')
    const { fetch } = app.app as { fetch: (request: Request) => Promise<Response> }
    const response = await fetch(new Request('tftp://host/switches/one'))
    assert.equal(await response.text(), 'hostname one\n')
  })

  test('docs/configuration.md shows messages as they are', async () => {
    const said = await siteMessages({ 'trivet.yaml': fence('Errors', 'yaml') })
    assert.equal(`${said.join('\n')}\n`, fence('Errors', 'text'))
  })
})

for (const name of ['phones', 'site']) {
  test(`loadSite finds nothing wrong with examples/${name}`, async () => {
    const { site, warnings } = await loadSite(join(root, 'examples', name))
    assert.deepEqual(warnings, [])
    assert.ok(site.routes.length > 3)
  })
}

test('examples/phones has a route of each kind and keeps its identifiers', async () => {
  const { site } = await loadSite(join(root, 'examples/phones'))
  const kinds = new Set(site.routes.map(({ source }) => source.kind))
  assert.deepEqual(kinds, new Set(['template', 'cgi', 'handler', 'static']))
  assert.equal(site.values['version'], '1.10')
})
