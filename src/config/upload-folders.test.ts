import assert from 'node:assert/strict'
import { test } from 'node:test'
import { yamlMessages } from '../testing/site-messages.ts'

// Goal: no device writes a program. Method: configurations with an upload folder in the way of each
// kind of source, and what is said of them.

const files = {
  'scripts/a.sh': '#!/bin/sh\n',
  'scripts/logs/': '',
  'phones/a.j2': '',
  'phones/logs/': '',
  'code/app.ts': 'export default () => new Response()\n',
  'code/logs/': '',
  'logs/': '',
  'one.j2': '',
}

const others = {
  'cgi: scripts': 'scripts',
  'cgi: scripts/a.sh': 'scripts',
  'template: phones': 'phones',
  'template: phones/a.j2': 'phones',
  'handler: code/app.ts': 'code',
}

for (const [source, folder] of Object.entries(others)) {
  test(`checkUploadFolders keeps uploads out of the folder of \`${source}\``, async () => {
    const said = await yamlMessages(siteOf(source, folder), files)
    assert.deepEqual(said, [
      `5 routes[1].uploads.folder: found "${folder}", but files of "${folder}" are run or rendered (route "/other"): another folder is needed`,
    ])
  })
}

function siteOf(source: string, folder: string): string {
  return `routes:
  - match: /other
    ${source}
  - match: /{path...}
    uploads: { folder: ${folder} }
`
}

test('checkUploadFolders keeps uploads out of folders below that are run or rendered too', async () => {
  for (const [source, folder] of [
    ['cgi: scripts', 'scripts/logs'],
    ['template: phones', 'phones/logs'],
  ] as const) {
    assert.match((await yamlMessages(siteOf(source, folder), files)).join(), /are run or rendered/)
  }
  assert.deepEqual(await yamlMessages(siteOf('handler: code/app.ts', 'code/logs'), files), [])
})

test('checkUploadFolders lets uploads be beside templates that lie all over the site', async () => {
  assert.deepEqual(await yamlMessages(siteOf('template: .', 'logs'), files), [])
  assert.match((await yamlMessages(siteOf('cgi: .', 'logs'), files)).join(), /are run or rendered/)
})

test('checkUploadFolders keeps uploads out of the folder of the configuration', async () => {
  const said = await yamlMessages('routes: [{ match: "/{path...}", uploads: . }]\n', files)
  assert.deepEqual(said, [
    '1 routes[0].uploads.folder: found ".", which holds the configuration: a folder of its own is needed',
  ])
})

test('checkUploadFolders keeps uploads out of the folder of a hook', async () => {
  const yaml = `routes:
  - match: /{path...}
    uploads: code
    onUpload: { handler: code/app.ts }
`
  assert.match((await yamlMessages(yaml, files)).join(), /files of "code" are run or rendered/)
})

test('checkUploadFolders has nothing against a folder that is served as it is', async () => {
  assert.deepEqual(await yamlMessages(siteOf('static: logs', 'logs'), files), [])
})
