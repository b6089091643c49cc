import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unknownPlaceholder, upstreamLabel, upstreamOptions } from './options.ts'

const url = 'http://10.0.0.5/{mac}'

const problems: readonly (readonly [object, RegExp])[] = [
  [{ url: 'http://{site}/a' }, /give `hosts`/],
  [{ url: [url, 'http://h:{p}/a'] }, /give `hosts`/],
  [{ url: 'http://{site}/a', hosts: ['a'], health: '/' }, /leave it out/],
  [{ url, health: '//evil/' }, /begins with a slash/],
  [{ url, pass: ['X-TFTP-IP'] }, /somebody else/],
  [{ url, pass: ['x_tftp_ip'] }, /somebody else/],
  [{ url, pass: ['X-Forwarded-For'] }, /somebody else/],
  [{ url, pass: ['Host'] }, /somebody else/],
  [{ url, pass: ['content_length'] }, /somebody else/],
  [{ url, pass: ['Range'] }, /decides on this one/],
  [{ url, headers: { 'Transfer-Encoding': 'chunked' } }, /decides on this one/],
  [{ url, headers: { 'a b': 'c' } }, /no HTTP header/],
  [{ url, headers: { a: 'b\r\nc: d' } }, /printable ASCII/],
  [{ url: 'http://user:pass@h/' }, /without user and password/],
]
for (const [input, message] of problems) {
  test(`upstreamOptions finds fault with ${JSON.stringify(input)}`, () => {
    const result = upstreamOptions.safeParse(input)
    assert.match(JSON.stringify(result.error?.issues), message)
  })
}

test('upstreamOptions takes credentials and hosts', () => {
  const options = upstreamOptions.parse({
    url: 'https://{site}.example/a?key=1',
    hosts: ['*.example'],
    headers: { Authorization: 'Bearer k', Host: 'files' },
    pass: ['authorization', 'cookie'],
  })
  assert.equal(upstreamLabel(options), 'https://{site}.example/a')
  assert.equal(unknownPlaceholder(options, ['site']), undefined)
  assert.equal(unknownPlaceholder(options, ['mac']), 'site')
})
