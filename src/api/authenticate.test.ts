import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Administered, administered, type AskInit } from '../testing/administered.ts'
import type { Entrance } from './entrance.ts'

// Goal: over TCP nobody comes in without a token, and nobody does more than its role. Method: the
// routes over a real store, asked as a listener would.

const ROUTES = {
  viewer: ['GET', 'devices'],
  editor: ['PUT', 'classes/made'],
  administrator: ['GET', 'tokens'],
} as const

let admin: Administered

before(async () => {
  admin = await administered()
})

after(() => admin[Symbol.asyncDispose]())

function from(peerAddress: string, hostNames: readonly string[] = []): Entrance {
  return { kind: 'tcp', peerAddress, hostNames: new Set(hostNames) }
}

function asked(
  [method, path]: readonly [string, string],
  { token, ...init }: AskInit & { readonly token?: string },
): Promise<Response> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const json = method === 'PUT' ? { json: {} } : {}
  const headers = { ...authorization, ...init.headers }
  return admin.ask(method, path, { entrance: from('10.0.0.1'), ...json, ...init, headers })
}

test('Authenticator asks for a token over TCP, and for none at the socket', async () => {
  const response = await asked(ROUTES.viewer, {})
  assert.equal(response.status, 401)
  assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="trivet"')
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  assert.equal((await asked(ROUTES.viewer, { entrance: { kind: 'socket' } })).status, 200)
})

test('Authenticator lets each role do what those below it may, and no more', async () => {
  const found: Record<string, number[]> = {}
  for (const role of ['viewer', 'editor', 'administrator'] as const) {
    const token = await admin.token(role)
    admin.later(1000)
    const statuses: number[] = []
    for (const route of Object.values(ROUTES)) {
      statuses.push((await asked(route, { token })).status)
    }
    found[role] = statuses.map((status) => (status < 300 ? 200 : status))
  }
  assert.deepEqual(found, {
    viewer: [200, 403, 403],
    editor: [200, 200, 403],
    administrator: [200, 200, 200],
  })
})

test('Authenticator refuses a token that was removed, at once where it was removed', async () => {
  const token = await admin.token('administrator')
  admin.later(1000)
  assert.equal((await asked(ROUTES.viewer, { token })).status, 200)
  const { items } = (await (await asked(ROUTES.administrator, { token })).json()) as {
    items: { id: string; role: string }[]
  }
  for (const { id } of items) assert.equal((await admin.ask('DELETE', `tokens/${id}`)).status, 204)
  assert.equal((await asked(ROUTES.viewer, { token })).status, 401)
})

test('Authenticator holds back who shows wrong tokens, not who shows a right one', async () => {
  const token = await admin.token('viewer')
  admin.later(1000)
  const entrance = from('10.0.0.2')
  const statuses: number[] = []
  for (let index = 0; index < 12; index += 1) {
    statuses.push((await asked(ROUTES.viewer, { token: `wrong-${index}`, entrance })).status)
  }
  assert.deepEqual(statuses, [...Array<number>(10).fill(401), 429, 429])
  const limited = await asked(ROUTES.viewer, { token: 'wrong', entrance })
  assert.match(limited.headers.get('retry-after') ?? '', /^\d+$/)
  assert.equal((await asked(ROUTES.viewer, { token, entrance })).status, 200)
  assert.equal((await asked(ROUTES.viewer, { token: 'wrong' })).status, 401)
  admin.later(60_000)
  assert.equal((await asked(ROUTES.viewer, { token: 'wrong', entrance })).status, 401)
})

test('Authenticator says nobody may come in where there is no inventory', async () => {
  await using empty = await administered({ existing: () => Promise.resolve(undefined) })
  const headers = { authorization: 'Bearer x' }
  const response = await empty.ask('GET', 'devices', { entrance: from('10.0.0.1'), headers })
  assert.equal(response.status, 401)
})

test('checkSameSite refuses names that are not ours, before it looks at a token', async () => {
  const found: Record<string, number> = {}
  for (const host of ['127.0.0.1:8070', '[::1]:8070', 'localhost', 'admin.lan:1', 'evil.example']) {
    const entrance = from('10.0.0.1', ['admin.lan'])
    found[host] = (await asked(ROUTES.viewer, { headers: { host }, entrance })).status
  }
  assert.deepEqual(found, {
    '127.0.0.1:8070': 401,
    '[::1]:8070': 401,
    localhost: 401,
    'admin.lan:1': 401,
    'evil.example': 421,
  })
})

test('checkSameSite refuses pages of others, at the socket too', async () => {
  const token = await admin.token('viewer')
  admin.later(1000)
  const host = '127.0.0.1:8070'
  const own = { host, origin: 'http://127.0.0.1:8070' }
  assert.equal((await asked(ROUTES.viewer, { token, headers: own })).status, 200)
  for (const origin of ['http://evil.example', 'http://127.0.0.1:80', 'null']) {
    const response = await asked(ROUTES.viewer, { token, headers: { host, origin } })
    assert.equal(response.status, 403, origin)
  }
  const entrance = { kind: 'socket' } as const
  const headers = { host, origin: 'http://evil.example' }
  assert.equal((await asked(ROUTES.viewer, { entrance, headers })).status, 403)
})

test('createApi takes no form for JSON', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
    const headers = { 'content-type': type }
    const response = await admin.ask('PUT', 'classes/form', { body: '{}', headers })
    assert.equal(response.status, 415, type)
  }
  const broken = await admin.ask('PUT', 'classes/form', { body: '{' })
  assert.equal(broken.status, 400)
})

test('createApi reads no more than 64 MiB', async () => {
  const headers = { 'content-length': String(64 * 2 ** 20 + 1) }
  const response = await admin.ask('PUT', 'classes/large', { body: '{}', headers })
  assert.equal(response.status, 413)
})
