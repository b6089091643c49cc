import assert from 'node:assert/strict'
import { test } from 'node:test'
import { folderSite } from './folder-site.ts'

test('folderSite tries scripts, then templates, then files', () => {
  const { routes, folder, file } = folderSite('/srv/site')
  const rows = routes.map(({ name, match, source }) => [name, match, source.kind])
  assert.deepEqual(rows, [
    ['scripts', '/cgi/{path...}', 'cgi'],
    ['templates', '/{path...}', 'template'],
    ['files', '/{path...}', 'static'],
  ])
  assert.deepEqual([folder, file], ['/srv/site', undefined])
  const options = routes.map(({ source }) => (source.kind === 'app' ? {} : source.options))
  assert.deepEqual(
    options.map((one) => ('folder' in one ? one.folder : undefined)),
    ['cgi', '.', '.'],
  )
})

test('folderSite takes no uploads and has the defaults of a configuration', () => {
  const { routes, listen, limits, log, values } = folderSite('/srv/site')
  for (const { methods, fronts, deadlineMs, origin } of routes) {
    assert.deepEqual(
      [methods, fronts, deadlineMs, origin],
      [['GET'], ['tftp', 'http'], 120_000, 'folder convention'],
    )
  }
  assert.deepEqual(listen, {
    tftp: undefined,
    http: undefined,
    https: undefined,
    singlePort: false,
    transferPorts: 16,
  })
  assert.deepEqual(limits, {
    transfersMax: 20_000,
    transfersPerAddressMax: 1000,
    windowBlocksMax: 64,
    collectBytesMax: 67_108_864,
    generatorsMax: 256,
    generatorsWaitingMax: 20_000,
    renditionBytesMax: 1_073_741_824,
    renditionMemoryBytesMax: 67_108_864,
    renditionsKeptMax: 100_000,
    httpPatienceMs: 60_000,
  })
  assert.deepEqual([log, values], [{ level: 'info' }, {}])
})
