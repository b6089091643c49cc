import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseHttpTarget } from '../../routing/request-path.ts'
import { compilePattern } from '../../routing/pattern.ts'
import { requestContext } from '../../testing/request-context.ts'
import { type LocatedScript, locateScript } from './locate-script.ts'
import { fastcgiOptions } from './options.ts'

/** Locates a script for a route's pattern and a name. */
function locate(
  [pattern, name]: readonly [pattern: string, name: string],
  options: object = {},
): LocatedScript | undefined {
  const path = parseHttpTarget(name)
  const params = compilePattern(pattern).match(path.text) ?? {}
  const parsed = fastcgiOptions.parse({ address: 'php:9000', root: '/www', ...options })
  return locateScript(parsed, '/srv/site', requestContext({ path, params }))
}

const split = (found: LocatedScript | undefined): readonly (string | undefined)[] => [
  found?.file,
  found?.scriptName,
  found?.pathInfo,
]

const names: readonly (readonly [string, object, ...(string | undefined)[]])[] = [
  ['/p/a.php', {}, '/www/a.php', '/p/a.php', ''],
  ['/p/sub/a.php/x.php/', {}, '/www/sub/a.php', '/p/sub/a.php', '/x.php/'],
  ['/p/a.php/.hidden', {}, '/www/a.php', '/p/a.php', '/.hidden'],
  ['/p/sub/', { index: 'index.php' }, '/www/sub/index.php', '/p/sub/index.php', ''],
  ['/p/a.fcgi', { extension: '.fcgi' }, '/www/a.fcgi', '/p/a.fcgi', ''],
  ['/p/sub/a', { extension: '' }, '/www/sub/a', '/p/sub/a', ''],
  ['/p/x/y', { script: 'app.php' }, '/www/app.php', '/p', '/x/y'],
  ['/p/x', { script: '/opt/app.php' }, '/opt/app.php', '/p', '/x'],
  ['/p/x', { script: 'app.php', root: undefined }, '/srv/site/app.php', '/p', '/x'],
  ['/p/a.php', { root: 'php/' }, '/srv/site/php/a.php', '/p/a.php', ''],
  ['/p/sub/', {}, undefined, undefined, undefined],
  ['/p/sub/', { extension: '' }, undefined, undefined, undefined],
  ['/p/.git/a.php', {}, undefined, undefined, undefined],
  ['/p/.php', {}, undefined, undefined, undefined],
  ['/p/a.php5', {}, undefined, undefined, undefined],
]

for (const [name, options, ...wanted] of names) {
  test(`locateScript divides ${name} with ${JSON.stringify(options)}`, () => {
    assert.deepEqual(split(locate(['/p/{path...}', name], options)), wanted)
  })
}

test('locateScript gives the whole name as PATH_INFO where the pattern has no path', () => {
  const found = locate(['/SEP{mac}.xml', '/SEP001122334455.xml'], { script: 'phone.php' })
  assert.deepEqual(split(found), ['/www/phone.php', '', '/SEP001122334455.xml'])
})
