import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointOf, formatEndpoint } from './endpoint.ts'
import { fastcgiOptions } from './options.ts'

const endpoint = (options: object): string =>
  formatEndpoint(endpointOf(fastcgiOptions.parse({ root: '/www', ...options }), '/srv/site'))

test('fastcgiOptions takes an address or a socket', () => {
  assert.equal(endpoint({ address: '127.0.0.1:9000' }), '127.0.0.1:9000')
  assert.equal(endpoint({ address: '[::1]:9000' }), '[::1]:9000')
  assert.equal(endpoint({ address: 'php-fpm.lab:9000' }), 'php-fpm.lab:9000')
  assert.equal(endpoint({ socket: '/run/php.sock' }), '/run/php.sock')
  assert.equal(endpoint({ socket: 'php.sock' }), '/srv/site/php.sock')
})

const wrong: readonly (readonly [object, RegExp])[] = [
  [{ address: '127.0.0.1' }, /a host and a port/],
  [{ address: '::1:9000' }, /a host and a port/],
  [{ address: 'php:0' }, /a host and a port/],
  [{ address: 'php:65536' }, /a host and a port/],
  [{}, /either `address` or `socket`/],
  [{ address: 'php:9000', socket: '/run/php.sock' }, /either `address` or `socket`/],
  [{ address: 'php:9000', root: undefined }, /`root`, `script` or both/],
  [{ address: 'php:9000', extension: 'php' }, /an extension like \.php/],
  [{ address: 'php:9000', index: 'a/b' }, /without a slash/],
]

for (const [options, message] of wrong) {
  test(`fastcgiOptions refuses ${JSON.stringify(options)}`, () => {
    assert.throws(() => fastcgiOptions.parse({ root: '/www', ...options }), { message })
  })
}
