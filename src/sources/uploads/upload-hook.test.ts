import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declineResponse, type RequestContext } from '../../routing/source.ts'
import { uploadsSite } from '../../testing/uploads-site.ts'

// Goal: what is told of an upload sees all of it, and can undo nothing. Method: hooks that do well
// and badly, behind a real route.

test('UploadHook tells of each upload once it is kept', async () => {
  await using site = await uploadsSite()
  const told: string[] = []
  let seen: RequestContext | undefined
  const route = site.route({ overwrite: 'version' }, async (request, context) => {
    seen = context
    const { headers, method, url } = request
    const [name, version] = ['name', 'version'].map((key) => headers.get(`x-trivet-upload-${key}`))
    assert.equal(await route.get('/sw 1'), 'two'.slice(0, Number(headers.get('content-length'))))
    told.push(`${method} ${url} ${name} ${version} ${await request.text()}`)
    return new Response(null, { status: 204 })
  })
  await route.put('/sw%201', 'tw', { device: 'sw1' })
  await route.put('/sw%201', 'two', { device: 'sw1' })
  assert.deepEqual(told, [
    'PUT http://10.0.0.1/sw%201 sw%201 1 tw',
    'PUT http://10.0.0.1/sw%201 sw%201 2 two',
  ])
  assert.equal(seen?.uploadBytes, 3)
  assert.equal(seen.device?.id, 'sw1')
  assert.equal(seen.clientAddress, '10.0.0.7')
})

const failures = [
  ['throws', () => Promise.reject(new Error('no git here')), 'onUpload failed: no git here'],
  ['answers 500', () => new Response('stack', { status: 500 }), 'onUpload answered 500'],
  ['declines', () => declineResponse(), 'onUpload declined it'],
] as const

for (const [how, hook, note] of failures) {
  test(`UploadHook that ${how} is noted, and the file is kept`, async () => {
    await using site = await uploadsSite()
    const route = site.route({ folder: 'logs' }, hook)
    assert.equal(await route.put('/a', 'text'), 201)
    assert.equal(await route.get('/a'), 'text')
    assert.deepEqual(site.notes, ['kept as "a", upload 1, 4 bytes', note])
  })
}

test('UploadHook keeps no device waiting that is slow, and its failure is logged', async () => {
  await using site = await uploadsSite()
  const { promise, reject } = Promise.withResolvers<Response>()
  const route = site.route({}, () => promise)
  assert.equal(await route.put('/a', 'text'), 201)
  assert.deepEqual(site.notes.slice(1), ['onUpload still runs'])
  reject(new Error('too late'))
  await route.hook?.drained()
  assert.deepEqual(site.warnings, ['"a": onUpload failed: too late'])
})

test('UploadHook is ended at the deadline of the route', async () => {
  await using site = await uploadsSite()
  const route = site.route({}, () => new Promise<Response>(() => {}))
  await route.put('/a', 'text', { context: { deadlineMs: 20 } })
  assert.deepEqual(site.notes.slice(1), ['onUpload failed: it was not done after 20 ms'])
})

test('UploadHook is told nothing of an upload that was refused', async () => {
  await using site = await uploadsSite()
  let count = 0
  const route = site.route({ quotaBytes: 1 }, () => {
    count += 1
    return new Response(null)
  })
  await assert.rejects(route.put('/a', 'text'))
  assert.equal(count, 0)
})
