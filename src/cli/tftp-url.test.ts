import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTftpUrl } from './tftp-url.ts'

const rows: readonly [string, string, number, string, string][] = [
  ['tftp://10.0.0.1/a.cfg', '10.0.0.1', 69, 'a.cfg', 'octet'],
  ['tftp://10.0.0.1:6969/cgi/test?x=1', '10.0.0.1', 6969, 'cgi/test?x=1', 'octet'],
  ['tftp://[::1]:6969/a', '::1', 6969, 'a', 'octet'],
  ['tftp://[fe80::1%eth0]/a', 'fe80::1%eth0', 69, 'a', 'octet'],
  ['TFTP://host/a;mode=netascii', 'host', 69, 'a', 'netascii'],
  ['tftp://host/a/../b', 'host', 69, 'a/../b', 'octet'],
  ['tftp://host/a%20b%2', 'host', 69, 'a b%2', 'octet'],
  ['tftp://host//absolute', 'host', 69, '/absolute', 'octet'],
]

for (const [text, host, port, name, mode] of rows) {
  test(`parseTftpUrl reads ${text}`, () => {
    const url = parseTftpUrl(text)
    assert.deepEqual(
      [url.host, url.port, new TextDecoder().decode(url.filename), url.mode],
      [host, port, name, mode],
    )
  })
}

const wrong = [
  'http://h/a',
  'tftp://h',
  'tftp://h/',
  'h/a',
  'tftp://h:0/a',
  'tftp://h:70000/a',
  'tftp://h/a;mode=mail',
]

for (const text of wrong) {
  test(`parseTftpUrl refuses ${text}`, () => {
    assert.throws(() => parseTftpUrl(text), /Cannot read the URL/)
  })
}
