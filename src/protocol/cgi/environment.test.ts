import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Refusal } from '../../base/refusal.ts'
import { type CgiContext, cgiEnvironment } from './environment.ts'

const tftpRead: CgiContext = {
  scheme: 'tftp',
  method: 'GET',
  protocol: 'TFTP/1.0',
  headers: new Map(),
  contentBytes: undefined,
  scriptName: '/cgi/phone',
  pathInfo: '/aa.cfg',
  query: 'v=1',
  requestUri: '/cgi/phone/aa.cfg?v=1',
  scriptFile: '/srv/site/cgi/phone',
  documentRoot: '/srv/site',
  clientAddress: '10.0.0.7',
  clientPort: 2070,
  localAddress: '10.0.0.1',
  localPort: 69,
  serverSoftware: 'trivet/1.2.3',
  requestId: 'a1b2c3-1',
  params: { mac: '00:11:22:aa:bb:cc', ipHex: '10.0.0.7' },
  tftpOptions: new Map([
    ['blksize', '1428'],
    ['x-own', 'yes'],
  ]),
  tftpMode: 'octet',
}

const httpPut: CgiContext = {
  ...tftpRead,
  scheme: 'http',
  method: 'PUT',
  protocol: 'HTTP/1.1',
  headers: new Map([
    ['content-type', 'text/plain'],
    ['content-length', '12'],
    ['host', 'boot.example:8069'],
    ['user-agent', 'phone/1'],
  ]),
  contentBytes: 12,
  pathInfo: '',
  query: '',
  requestUri: '/cgi/phone',
  localPort: 8069,
  params: {},
  tftpOptions: new Map(),
  tftpMode: undefined,
}

/** What both requests have in common. */
const shared = {
  GATEWAY_INTERFACE: 'CGI/1.1',
  REMOTE_ADDR: '10.0.0.7',
  REMOTE_HOST: '10.0.0.7',
  REMOTE_PORT: '2070',
  SCRIPT_NAME: '/cgi/phone',
  SCRIPT_FILENAME: '/srv/site/cgi/phone',
  DOCUMENT_ROOT: '/srv/site',
  SERVER_ADDR: '10.0.0.1',
  SERVER_SOFTWARE: 'trivet/1.2.3',
  TRIVET_REQUEST_ID: 'a1b2c3-1',
  Peer: '10.0.0.7',
  CLIENT_ADDR: '10.0.0.7:2070',
}

test('cgiEnvironment holds exactly this for a TFTP read', () => {
  assert.deepEqual(cgiEnvironment(tftpRead), {
    ...shared,
    PATH_INFO: '/aa.cfg',
    PATH_TRANSLATED: '/srv/site/aa.cfg',
    QUERY_STRING: 'v=1',
    REQUEST_METHOD: 'GET',
    REQUEST_SCHEME: 'tftp',
    REQUEST_URI: '/cgi/phone/aa.cfg?v=1',
    SERVER_NAME: '10.0.0.1',
    SERVER_PORT: '69',
    SERVER_PROTOCOL: 'TFTP/1.0',
    TRIVET_PARAM_MAC: '00:11:22:aa:bb:cc',
    TRIVET_PARAM_IPHEX: '10.0.0.7',
    TRIVET_TFTP_MODE: 'octet',
    TRIVET_TFTP_BLKSIZE: '1428',
    TRIVET_TFTP_X_OWN: 'yes',
  })
})

test('cgiEnvironment holds exactly this for an HTTP upload', () => {
  assert.deepEqual(cgiEnvironment(httpPut), {
    ...shared,
    CONTENT_LENGTH: '12',
    CONTENT_TYPE: 'text/plain',
    PATH_INFO: '',
    QUERY_STRING: '',
    REQUEST_METHOD: 'PUT',
    REQUEST_SCHEME: 'http',
    REQUEST_URI: '/cgi/phone',
    SERVER_NAME: 'boot.example',
    SERVER_PORT: '8069',
    SERVER_PROTOCOL: 'HTTP/1.1',
    HTTP_HOST: 'boot.example:8069',
    HTTP_USER_AGENT: 'phone/1',
  })
})

const hidden = [
  'authorization',
  'proxy-authorization',
  'proxy',
  'connection',
  'transfer-encoding',
  'user_agent',
  'x.y',
]

for (const name of hidden) {
  test(`cgiEnvironment does not pass on the header "${name}"`, () => {
    const environment = cgiEnvironment({ ...tftpRead, headers: new Map([[name, 'evil']]) })
    assert.deepEqual(environment, cgiEnvironment(tftpRead))
  })
}

const serverNames: readonly [host: string | undefined, name: string][] = [
  [undefined, '[2001:db8::1]'],
  ['boot.example', 'boot.example'],
  ['boot.example:8069', 'boot.example'],
  ['10.0.0.1:80', '10.0.0.1'],
  ['[2001:db8::2]:80', '[2001:db8::2]'],
  ['a b', '[2001:db8::1]'],
  ['evil"; rm', '[2001:db8::1]'],
  ['', '[2001:db8::1]'],
]

for (const [host, name] of serverNames) {
  test(`cgiEnvironment says SERVER_NAME "${name}" for the Host ${JSON.stringify(host)}`, () => {
    const headers = new Map(host === undefined ? [] : [['host', host] as const])
    const environment = cgiEnvironment({ ...httpPut, headers, localAddress: '2001:db8::1' })
    assert.equal(environment['SERVER_NAME'], name)
  })
}

test('cgiEnvironment gives IPv6 clients plain, but in brackets before a port', () => {
  const environment = cgiEnvironment({ ...tftpRead, clientAddress: '2001:db8::7' })
  assert.equal(environment['REMOTE_ADDR'], '2001:db8::7')
  assert.equal(environment['Peer'], '2001:db8::7')
  assert.equal(environment['CLIENT_ADDR'], '[2001:db8::7]:2070')
})

test('cgiEnvironment does not let an option named "mode" replace the mode', () => {
  const tftpOptions = new Map([['mode', 'mail']])
  assert.equal(cgiEnvironment({ ...tftpRead, tftpOptions })['TRIVET_TFTP_MODE'], 'octet')
})

test('cgiEnvironment leaves out a value with a NUL', () => {
  const environment = cgiEnvironment({ ...tftpRead, params: { name: 'a\0b', path: 'c' } })
  assert.equal(environment['TRIVET_PARAM_NAME'], undefined)
  assert.equal(environment['TRIVET_PARAM_PATH'], 'c')
})

test('cgiEnvironment refuses more than 128 KiB', () => {
  const bytes = (environment: Record<string, string>): number =>
    Object.entries(environment).reduce(
      (sum, [name, value]) => sum + name.length + value.length + 2,
      0,
    )
  const rest = bytes(cgiEnvironment({ ...tftpRead, query: '' }))
  const longest = 'x'.repeat(128 * 1024 - rest)
  assert.equal(bytes(cgiEnvironment({ ...tftpRead, query: longest })), 128 * 1024)
  assert.throws(
    () => cgiEnvironment({ ...tftpRead, query: `${longest}x` }),
    (error) => error instanceof Refusal && error.code === 'MALFORMED_REQUEST',
  )
})

test('cgiEnvironment makes names and values that a system can take, whatever a client sends', () => {
  const pairs = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string()), { maxLength: 8 })
  fc.assert(
    fc.property(pairs, pairs, (headers, options) => {
      const context = { ...tftpRead, headers: new Map(headers), tftpOptions: new Map(options) }
      for (const [name, value] of Object.entries(cgiEnvironment(context))) {
        assert.match(name, /^(?:Peer|[A-Z][A-Z0-9_]*)$/)
        assert.ok(!value.includes('\0'))
      }
    }),
  )
})
