import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findLayerFaults } from '../../tools/check-layers.ts'
import { formatFinding } from '../../tools/finding.ts'
import { plantTree, root } from './planted-tree.ts'

// Goal: no import that points upward goes unseen. Method: trees of a few lines, each with one
// fault.

const manifest = JSON.stringify({ dependencies: { zod: '4' }, devDependencies: { knip: '6' } })
const empty = 'export {}\n'

async function faults(files: Readonly<Record<string, string>>): Promise<string[]> {
  await using tree = await plantTree({
    'package.json': manifest,
    'src/base/instant.ts': empty,
    'src/routing/source.ts': empty,
    'src/sources/static/index.ts': empty,
    'src/sources/static/options.ts': empty,
    'src/sources/cgi/index.ts': empty,
    'src/observe/log.ts': empty,
    ...files,
  })
  return findLayerFaults(tree.path).map(formatFinding)
}

test('findLayerFaults finds nothing in this checkout', () => {
  assert.deepEqual(findLayerFaults(root).map(formatFinding), [])
})

const upward = '../../sources/static/index.ts'
const spellings = {
  'a static import': `import { x } from '${upward}'`,
  'an import of several lines': `import {\n  x,\n  y,\n} from '${upward}'`.replace(
    'import',
    'import',
  ),
  'an import for its effects': `import '${upward}'`,
  'a type-only import': `import type { X } from '${upward}'`,
  'a type inside an annotation': `export type X = import('${upward}').X`,
  'a dynamic import': `export const x = await import('${upward}')`,
  'a re-export': `export { x } from '${upward}'\nexport const y = 1`,
  'a re-export of everything': `export * from '${upward}'\nexport const y = 1`,
  'an import behind a comment': `/* ' */ import { x } from /* why */ '${upward}' // "`,
  'an import behind a regular expression': `const a = /['"]/; import { x } from '${upward}'`,
}
for (const [name, text] of Object.entries(spellings)) {
  test(`findLayerFaults sees ${name} that points upward`, async () => {
    const line = text.slice(0, text.indexOf(upward)).split('\n').length
    assert.deepEqual(await faults({ 'src/protocol/tftp/packet.ts': `${text}\n` }), [
      `src/protocol/tftp/packet.ts:${line} protocol/tftp may not import sources/static (allowed: base)`,
    ])
  })
}

test('findLayerFaults sees no imports in comments, strings and templates', async () => {
  const text = [
    `// import { x } from '${upward}'`,
    `/** import { x } from '${upward}' */`,
    `export const a = "import x from '${upward}'"`,
    `export const b = \`import('${upward}') \${a}\``,
  ]
  assert.deepEqual(await faults({ 'src/protocol/tftp/packet.ts': text.join('\n') }), [])
})

test('findLayerFaults keeps sources apart', async () => {
  const found = await faults({
    'src/sources/static/file.ts': "import '../cgi/index.ts'\n",
  })
  assert.match(
    found.join(),
    /^src\/sources\/static\/file.ts:1 sources\/static may not import sources\/cgi/,
  )
})

test('findLayerFaults lets the configuration see the options of a source and no more', async () => {
  const found = await faults({
    'src/config/good.ts': "import '../sources/static/options.ts'\n",
    'src/config/bad.ts': "import '../sources/static/index.ts'\n",
  })
  assert.equal(found.length, 1)
  assert.match(found.join(), /^src\/config\/bad.ts:1 config may not import sources\/static/)
})

test('findLayerFaults lets a pure layer have neither Node nor packages', async () => {
  const found = await faults({
    'src/base/a.ts': "import { join } from 'node:path'\n",
    'src/routing/b.ts': "import { z } from 'zod'\nimport type { Socket } from 'dgram'\n",
    'src/observe/c.ts': "import { z } from 'zod'\nimport { join } from 'node:path'\n",
  })
  assert.deepEqual(
    found.map((text) => text.split(' may')[0]),
    ['src/base/a.ts:1 base', 'src/routing/b.ts:1 routing', 'src/routing/b.ts:2 routing'],
  )
})

test('findLayerFaults sees packages that an installation would lack', async () => {
  const found = await faults({ 'src/observe/a.ts': "import 'knip'\nimport 'zod/mini'\n" })
  assert.deepEqual(found, ['src/observe/a.ts:1 knip is not among the dependencies of package.json'])
})

test('findLayerFaults tells types from values where only types are allowed', async () => {
  const found = await faults({
    'src/api/answer.ts': empty,
    'src/console/good.ts': "import type { A } from '../api/answer.ts'\n",
    'src/console/bad.ts': "import { type A } from '../api/answer.ts'\n",
  })
  assert.deepEqual(found, [
    'src/console/bad.ts:1 console may not import api (allowed: base, types of api)',
  ])
})

test('findLayerFaults leaves tests free, and nothing may lean on them', async () => {
  const found = await faults({
    'src/base/instant.test.ts': "import 'node:test'\nimport '../routing/source.ts'\n",
    'src/base/leaning.ts': "import './instant.test.ts'\n",
    'src/testing/fake.ts': "import 'knip'\nimport '../sources/cgi/index.ts'\n",
    'src/server/server.ts': "import '../testing/fake.ts'\nimport '../../tools/check.ts'\n",
  })
  assert.deepEqual(
    found.map((text) => text.split(' (')[0]),
    [
      'src/base/leaning.ts:1 may not import src/base/instant.test.ts: it is a test',
      'src/server/server.ts:1 server may not import testing',
      'src/server/server.ts:2 may not import tools/check.ts: it is outside src',
    ],
  )
})

test('findLayerFaults sees barrels and files that belong to no layer', async () => {
  const found = await faults({
    'src/observe/index.ts': 'export const x = 1\n',
    'src/observe/everything.ts': "export * from './log.ts'\n",
    'src/misplaced.ts': empty,
    'src/sources/misplaced.ts': empty,
    'src/index.ts': "export * from './base/instant.ts'\n",
  })
  assert.deepEqual(
    found.map((text) => text.split(' (')[0]),
    [
      'src/misplaced.ts:1 belongs to no layer: add its folder to the table',
      'src/observe/everything.ts:1 is a barrel',
      'src/observe/index.ts:1 is a barrel',
      'src/sources/misplaced.ts:1 belongs to no layer: add its folder to the table',
    ],
  )
})

test('findLayerFaults names a circle once, with its way', async () => {
  const found = await faults({
    'src/base/a.ts': "import '../observe/log.ts'\n",
    'src/observe/log.ts': "import '../routing/source.ts'\n",
    'src/routing/source.ts': "import '../base/a.ts'\n",
  })
  const circles = found.filter((text) => text.includes('circle'))
  assert.deepEqual(circles, [
    'src/routing/source.ts:1 closes a circle of imports: base → observe → routing → base',
  ])
})

test('findLayerFaults refuses a file that it cannot read in full', async () => {
  await assert.rejects(faults({ 'src/base/broken.ts': "import { from './x.ts'\n" }), {
    name: 'SyntaxError',
    message: /^src\/base\/broken.ts:1 /,
  })
})
