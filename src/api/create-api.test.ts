import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Administered, administered, assertMatches } from '../testing/administered.ts'
import type { AdminParts } from './admin-parts.ts'

// Goal: each route does what the document says. Method: the routes over a real SQLite store; every
// JSON answer is compared with the document's schema, and a route that no test has is a failure.

let admin: Administered

const text: AdminParts['text'] = {
  export: () => Promise.resolve('classes: {}\n'),
  apply: (sent, { dryRun, mode, who }) =>
    Promise.resolve({
      revision: dryRun ? null : 99,
      edits: [{ kind: 'device', key: `${who} ${mode} ${sent.length}` }],
      problems: sent === 'bad' ? [{ code: 'TEXT_WRONG', message: 'line 1: bad' }] : [],
    }),
}

before(async () => {
  admin = await administered({ text })
})

after(() => admin[Symbol.asyncDispose]())

async function json(response: Response, status = 200): Promise<Record<string, unknown>> {
  const body = (await response.json()) as Record<string, unknown>
  assert.equal(response.status, status, JSON.stringify(body))
  return body
}

test('PUT makes a class and a device, and GET has them with their ETag', async () => {
  const base = await admin.ask('PUT', 'classes/base', { json: { values: { ntp: '10.0.0.1' } } })
  assert.equal((await json(base, 201))['revision'], 1)
  await json(await admin.ask('PUT', 'classes/phones', { json: { parents: ['base'] } }), 201)
  const sent = { macs: ['00-11-22-33-44-55'], classes: ['phones'], values: { line: '4007' } }
  const made = await admin.ask('PUT', 'devices/desk-7?why=new', { json: sent })
  assert.deepEqual((await json(made, 201))['macs'], ['00:11:22:33:44:55'])
  assert.equal(made.headers.get('etag'), '"3"')
  const read = await admin.ask('GET', 'devices/desk-7')
  assert.equal(read.headers.get('etag'), '"3"')
  assert.equal((await json(read))['id'], 'desk-7')
  const again = await admin.ask('GET', 'devices/desk-7', { headers: { 'if-none-match': '"3"' } })
  assert.equal(again.status, 304)
  assert.equal((await json(await admin.ask('GET', 'classes/base')))['name'], 'base')
})

test('PUT keeps the change of somebody who was faster', async () => {
  const headers = { 'if-match': '"1"' }
  const first = await admin.ask('PUT', 'classes/base', { json: { values: { ntp: 'a' } }, headers })
  assert.equal(first.status, 200)
  const late = await admin.ask('PUT', 'classes/base', { json: { values: { ntp: 'b' } }, headers })
  assert.equal((await json(late, 412))['code'], 'PRECONDITION_FAILED')
  const body = await admin.ask('PUT', 'classes/base', { json: { values: {}, revision: 1 } })
  assert.equal(body.status, 412)
  const made = await admin.ask('PUT', 'classes/base', {
    json: {},
    headers: { 'if-none-match': '*' },
  })
  assert.equal(made.status, 412)
  const gone = await admin.ask('PUT', 'classes/new', { json: {}, headers: { 'if-match': '*' } })
  assert.equal(gone.status, 412)
  assert.deepEqual((await json(await admin.ask('GET', 'classes/base')))['values'], { ntp: 'a' })
})

test('PUT answers 412 where another server was faster', async () => {
  const { live, store } = admin.opened
  const before = live.classNamed('base')
  assert.ok(before)
  const after = { ...before.record, values: { ntp: 'other server' } }
  const edits = [{ kind: 'class', key: 'base', before: before.record, after } as const]
  await store.apply({ who: 'other', at: 1, edits })
  const late = await admin.ask('PUT', 'classes/base', {
    json: { values: { ntp: 'mine' } },
    headers: { 'if-match': `"${before.revision}"` },
  })
  // Found out by the store, or by the inventory where that has heard of it meanwhile.
  const { code } = await json(late, 412)
  assert.ok(code === 'CONFLICT' || code === 'PRECONDITION_FAILED')
})

test('PUT says everything that is wrong, with its place', async () => {
  const { problems, code } = await json(
    await admin.ask('PUT', 'devices/bad', { json: { macs: ['x'], values: { a: { $no: 1 } } } }),
    422,
  )
  assert.equal(code, 'IDENTIFIER_WRONG')
  const found = (problems as { path: string }[]).map(({ path }) => path)
  assert.deepEqual(found, ['/macs/0', '/values/a/$no'])
  const other = await admin.ask('PUT', 'devices/bad', { json: { id: 'worse' } })
  assert.equal((await json(other, 422))['code'], 'NAME_WRONG')
  const missing = await admin.ask('PUT', 'devices/bad', { json: { classes: ['nowhere'] } })
  assert.equal((await json(missing, 422))['code'], 'CLASS_MISSING')
  const twin = await admin.ask('PUT', 'devices/twin', { json: { macs: ['001122334455'] } })
  assert.equal((await json(twin, 409))['code'], 'DUPLICATE')
})

test('PUT does not drop a key that cannot be used', async () => {
  const body = '{"values":{"__proto__":{"x":1}}}'
  const { problems } = await json(await admin.ask('PUT', 'devices/bad', { body }), 422)
  assert.match(JSON.stringify(problems), /__proto__/)
})

test('PUT refuses values that are nested without end', async () => {
  const body = `{"values":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`
  const { code } = await json(await admin.ask('PUT', 'devices/bad', { body }), 422)
  assert.equal(code, 'LIMIT_EXCEEDED')
  const patch = `${'{"values":'.repeat(50_000)}1${'}'.repeat(50_000)}`
  const patched = await admin.ask('PATCH', 'devices/desk-7', { body: patch })
  assert.equal(patched.status, 422)
})

test('PATCH changes the keys that it has', async () => {
  const patch = { values: { line: null, ext: 9 }, name: 'front desk' }
  const refused = await admin.ask('PATCH', 'devices/desk-7', { json: patch })
  assert.equal((await json(refused, 422))['code'], 'NAME_WRONG')
  const done = await admin.ask('PATCH', 'devices/desk-7', { json: { ...patch, name: 'front' } })
  const { values, macs, name } = await json(done)
  assert.deepEqual({ values, name }, { values: { ext: 9 }, name: 'front' })
  assert.deepEqual(macs, ['00:11:22:33:44:55'])
  assert.equal((await admin.ask('PATCH', 'classes/phones', { json: {} })).status, 200)
  assert.equal((await admin.ask('PATCH', 'devices/none', { json: {} })).status, 404)
})

test('GET lists page by page, of a class and by what is looked for', async () => {
  for (const id of ['a-1', 'a-2', 'a-3']) {
    await admin.ask('PUT', `devices/${id}`, { json: { classes: ['base'] } })
  }
  const seen: string[] = []
  let next: string | undefined = 'devices?limit=2&class=base'
  while (next !== undefined) {
    const response: Response = await admin.ask('GET', next)
    const { items, count } = await json(response)
    assert.equal(count, 4)
    seen.push(...(items as { id: string }[]).map(({ id }) => id))
    next = /^<\/api\/v1\/([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
  }
  assert.deepEqual(seen, ['a-1', 'a-2', 'a-3', 'desk-7'])
  const found = await json(await admin.ask('GET', 'devices?q=44:55'))
  assert.equal(found['count'], 1)
  assert.equal((await json(await admin.ask('GET', 'classes?class=base')))['count'], 1)
  assert.equal((await admin.ask('GET', 'devices?limit=0')).status, 422)
})

test('GET values says where each comes from', async () => {
  const { layers, origins } = await json(await admin.ask('GET', 'devices/desk-7/values?key=ext'))
  assert.deepEqual(layers, ['base', 'phones', 'own'])
  assert.deepEqual(origins, [
    { pointer: '/ext', value: 9, kind: 'value', layer: 'own', at: '/ext', edits: [], beaten: [] },
  ])
  assert.equal((await admin.ask('GET', 'devices/desk-7/values?key=none')).status, 404)
})

test('GET files says what a device had', async () => {
  const delivered = { at: 2, front: 'tftp', address: '10.0.0.7', bytes: 3, hash: 'x' } as const
  const record = { device: 'desk-7', path: '/a', askedAt: 1, delivered }
  await admin.opened.store.deliveries.record([record])
  assert.deepEqual(await json(await admin.ask('GET', 'devices/desk-7/files')), { items: [record] })
})

test('GET explain passes the question on', async () => {
  const { path } = await json(await admin.ask('GET', 'explain?name=/a%20b&address=::1'))
  assert.equal(path, '/a b')
  assert.equal((await admin.ask('GET', 'explain?name=/a&address=here')).status, 422)
})

test('POST impact tells and changes nothing; POST changes changes all or nothing', async () => {
  const before = admin.opened.live.revision
  const edits = [{ kind: 'class', key: 'base', after: { values: { ntp: 'z' } } }]
  const { devices } = await json(await admin.ask('POST', 'impact', { json: { edits } }))
  assert.equal((devices as unknown[]).length, 4)
  const few = await json(await admin.ask('POST', 'impact?limit=1', { json: { edits } }))
  assert.deepEqual([few['count'], (few['devices'] as unknown[]).length], [4, 1])
  assert.equal(admin.opened.live.revision, before)
  const bad = [...edits, { kind: 'device', key: 'a-1', after: { macs: ['no'] } }]
  const refused = await json(await admin.ask('POST', 'changes', { json: { edits: bad } }), 422)
  assert.match(JSON.stringify(refused), /\/edits\/1\/after\/macs\/0/)
  assert.equal(admin.opened.live.revision, before)
  const both = [...edits, { kind: 'device', key: 'a-3', after: null }]
  const done = await admin.ask('POST', 'changes', { json: { edits: both, why: 'w' } })
  assert.equal((await json(done, 201))['editCount'], 2)
  const stale = await admin.ask('POST', 'changes', { json: { edits, seenRevision: before } })
  assert.equal((await json(stale, 409))['code'], 'CONFLICT')
  const twice = await admin.ask('POST', 'changes', { json: { edits: [...edits, ...edits] } })
  assert.equal((await json(twice, 422))['code'], 'EDITS_WRONG')
})

test('POST revert undoes a change, but no change that was changed since', async () => {
  const number = admin.opened.live.revision
  const read = await json(await admin.ask('GET', `revisions/${number}`))
  assert.equal((read['edits'] as unknown[]).length, 2)
  const done = await json(await admin.ask('POST', `revisions/${number}/revert`), 201)
  assert.equal(done['why'], `reverts revision ${number}`)
  assert.ok(admin.opened.live.device('a-3'))
  assert.equal((await admin.ask('POST', `revisions/${number}/revert`)).status, 409)
  assert.equal((await admin.ask('GET', 'revisions/999')).status, 404)
  const { items } = await json(await admin.ask('GET', 'revisions?device=a-3&limit=1'))
  assert.equal((items as { number: number }[])[0]?.number, done['number'])
})

test('POST adopt makes a device of an inbox entry', async () => {
  const seen = { at: 1, address: '10.0.0.8', path: '/x', guess: {} }
  await admin.opened.store.inbox.seen({ ...seen, key: 'mac 00:11:22:33:44:66' })
  await admin.opened.store.inbox.seen({ ...seen, key: 'serial ABC' })
  assert.equal(((await json(await admin.ask('GET', 'inbox')))['items'] as unknown[]).length, 2)
  const path = `inbox/${encodeURIComponent('mac 00:11:22:33:44:66')}`
  const taken = await admin.ask('POST', `${path}/adopt`, { json: { id: 'desk-7' } })
  assert.equal(taken.status, 409)
  const made = await admin.ask('POST', `${path}/adopt`, { json: { id: 'desk-8' } })
  assert.deepEqual((await json(made, 201))['macs'], ['00:11:22:33:44:66'])
  assert.equal((await admin.ask('DELETE', 'inbox/serial%20ABC')).status, 204)
  assert.equal((await admin.ask('DELETE', 'inbox/serial%20ABC')).status, 404)
  assert.deepEqual(await json(await admin.ask('GET', 'inbox')), { items: [] })
})

test('PUT secret keeps it, and no answer has it', async () => {
  const said: string[] = []
  for (const [method, path, sent] of [
    ['PUT', 'secrets/sip%2F4007', { text: 'correct horse' }],
    ['GET', 'secrets', undefined],
    ['GET', 'revisions', undefined],
    ['PUT', 'secrets/%20', { text: 'correct horse' }],
  ] as const) {
    said.push(await (await admin.ask(method, path, sent && { json: sent })).text())
  }
  assert.match(said.join(), /sip\/4007/)
  assert.match(said.join(), /SECRET_NOT_ALLOWED/)
  assert.doesNotMatch(said.join(), /correct horse/)
  assert.equal((await admin.ask('DELETE', 'secrets/sip%2F4007')).status, 204)
  assert.equal((await admin.ask('DELETE', 'secrets/sip%2F4007')).status, 404)
})

test('PUT enrolment lasts as long as it says', async () => {
  const enrolled = await admin.ask('PUT', 'enrolments/desk-7', { json: { seconds: 60 } })
  assert.equal((await json(enrolled))['device'], 'desk-7')
  const listed = await json(await admin.ask('GET', 'enrolments'))
  assert.equal((listed['items'] as unknown[]).length, 1)
  assert.equal((await admin.ask('DELETE', 'enrolments/desk-7')).status, 204)
  assert.deepEqual(await json(await admin.ask('GET', 'enrolments')), { items: [] })
  const long = await admin.ask('PUT', 'enrolments/desk-7', { json: { seconds: 1e9 } })
  assert.equal(long.status, 422)
})

test('GET export and POST import pass the text on', async () => {
  const exported = await admin.ask('GET', 'export')
  assert.equal(await exported.text(), 'classes: {}\n')
  const headers = { 'content-type': 'application/yaml', 'trivet-user': 'anna' }
  const how = 'import?mode=replace&dryRun=true'
  const told = await json(await admin.ask('POST', how, { body: 'a: 1', headers }))
  assert.deepEqual(told, { revision: null, edits: [{ kind: 'device', key: 'anna replace 4' }] })
  const bad = await admin.ask('POST', 'import', { body: 'bad', headers })
  assert.equal((await json(bad, 422))['code'], 'TEXT_WRONG')
})

test('DELETE removes a device, and no class that is inherited', async () => {
  const stale = await admin.ask('DELETE', 'devices/a-1', { headers: { 'if-match': '"1"' } })
  assert.equal(stale.status, 412)
  assert.equal((await admin.ask('DELETE', 'devices/a-1')).status, 204)
  assert.equal((await admin.ask('DELETE', 'devices/a-1')).status, 404)
  const inherited = await admin.ask('DELETE', 'classes/base')
  assert.equal((await json(inherited, 422))['code'], 'CLASS_MISSING')
  await admin.ask('PUT', 'classes/alone', { json: {} })
  assert.equal((await admin.ask('DELETE', 'classes/alone')).status, 204)
})

test('changes have the name of who made them', async () => {
  const headers = { 'trivet-user': 'anna' }
  await admin.ask('PUT', 'classes/named', { json: {}, headers })
  const { items } = await json(await admin.ask('GET', 'revisions?limit=1'))
  assert.equal((items as { who: string }[])[0]?.who, 'anna')
})

test('a failure that nobody expected tells nothing but that', async () => {
  await using broken = await administered({
    explain: () => Promise.reject(new Error('password=hunter2')),
  })
  const body = await json(await broken.ask('GET', 'explain?name=/a'), 500)
  assert.doesNotMatch(JSON.stringify(body), /hunter2/)
  assert.equal(broken.failures.length, 1)
})

test('the document has no example that it would refuse', () => {
  let count = 0
  const schemas = Object.entries(admin.document.components.schemas)
  for (const [, schema] of schemas) {
    if (schema.example === undefined) continue
    assertMatches(schema.example, schema, admin.document)
    count += 1
  }
  assert.ok(count > 15, `${count} examples`)
})

test('every route of the document has a test', async () => {
  await json(await admin.ask('GET', 'whoami'))
  const made = await admin.ask('POST', 'tokens', { json: { label: 'x', role: 'viewer' } })
  const { id } = await json(made, 201)
  await json(await admin.ask('GET', 'tokens'))
  await admin.ask('DELETE', `tokens/${String(id)}`)
  await json(await admin.ask('GET', 'journal'))
  await json(await admin.ask('GET', 'boots'))
  const lease = { ip: '10.0.0.7', mac: '00:11:22:33:44:55', seconds: 60 }
  await admin.ask('POST', 'dhcp-events', { json: lease })
  // A stream has no end; `journal-routes.test.ts` reads it.
  const untested = Object.entries(admin.document.paths)
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    .filter((route) => !admin.covered.has(route))
  assert.deepEqual(untested, ['GET /api/v1/journal/stream'])
})
