import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Patience, Share } from '../routing/route.ts'
import { shareKey, type ShareQuestion, visibleHeaders } from './share-key.ts'

const curl = { host: '10.0.0.1', 'user-agent': 'curl/7.88.1', accept: '*/*' }

interface Asked extends Partial<Omit<ShareQuestion, 'headers' | 'patience'>> {
  readonly sent?: Record<string, string>
  readonly varies?: readonly string[]
}

function key(share: Share, asked: Asked = {}): string {
  const { sent = {}, varies, ...rest } = asked
  const patience: Patience = {
    share,
    keepLateMs: 1,
    whenLate: 'silence',
    ...(varies === undefined ? {} : { varies }),
  }
  return shareKey({
    route: 'r',
    target: '/file?x',
    params: {},
    front: 'tftp',
    clientAddress: '10.0.0.7',
    ownKey: '',
    ...rest,
    patience,
    headers: visibleHeaders(new Headers(sent), patience),
  })
}

const http = { front: 'http' } as const

test('shareKey keeps a file with secrets from those who get none', () => {
  for (const share of ['client', 'device', 'all'] as const) {
    assert.notEqual(key(share), key(share, { ownKey: 'with secrets' }))
  }
})

test('shareKey lets one client share with itself, by one front', () => {
  assert.equal(key('client'), key('client'))
  assert.notEqual(key('client'), key('client', { clientAddress: '10.0.0.8' }))
  assert.notEqual(key('client'), key('client', http))
  assert.notEqual(key('client'), key('client', { target: '/file?y' }))
  assert.notEqual(key('client'), key('client', { route: 's' }))
})

test('shareKey lets a device share with itself, by whatever front and address', () => {
  const params = { mac: '00:11:22:33:44:55' }
  const other = { clientAddress: '10.0.0.8' }
  assert.equal(key('device', { params }), key('device', { params, ...other, ...http, sent: curl }))
  assert.equal(key('device'), key('device', http))
  assert.notEqual(key('device'), key('device', other))
  const next = { mac: '00:11:22:33:44:56' }
  assert.notEqual(key('device', { params }), key('device', { params: next }))
})

test('shareKey lets all share, by either front', () => {
  assert.equal(key('all'), key('all', { ...http, sent: curl, clientAddress: '10.0.0.8' }))
})

test('shareKey keeps apart what the source can tell apart', () => {
  const own = { ...http, sent: { ...curl, authorization: 'Basic eDp5' } }
  assert.notEqual(key('all', own), key('all', { ...http, sent: curl }))
  const phone = { ...http, sent: { ...curl, 'user-agent': 'Phone 00:11:22:33:44:55' } }
  assert.notEqual(key('client', phone), key('client', { ...http, sent: curl }))
  assert.equal(key('all', phone), key('all', { ...http, sent: curl }))
  const varies = ['user-agent']
  assert.notEqual(key('all', { ...phone, varies }), key('all', { ...http, sent: curl, varies }))
  assert.equal(key('all', { ...own, varies }), key('all', { ...http, sent: curl, varies }))
})

test('visibleHeaders shows a source no part and no condition: it makes the whole file', () => {
  const asked = new Headers({ ...curl, range: 'bytes=5-', 'if-none-match': '"x"', 'x-y': 'z' })
  const patience: Patience = { share: 'client', keepLateMs: 1, whenLate: 'silence' }
  const names = [...visibleHeaders(asked, patience).keys()]
  assert.deepEqual(names, ['accept', 'host', 'user-agent', 'x-y'])
  assert.deepEqual([...visibleHeaders(asked, { ...patience, share: 'all' }).keys()], ['x-y'])
})
