import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { Refusal } from '../../base/refusal.ts'
import { parseHttpTarget } from '../../routing/request-path.ts'
import { declineResponse, isDeclined, type RequestContext } from '../../routing/source.ts'
import { templateSource } from './index.ts'
import { templateOptions } from './options.ts'

const scratch = mkdtempSync(join(tmpdir(), 'trivet-template-source-'))
after(() => rmSync(scratch, { recursive: true }))

let siteCount = 0

interface Asked {
  readonly path: string
  readonly method?: string
  readonly params?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly tftpOptions?: ReadonlyMap<string, string>
}

/** A source over a folder with these files. */
function site(
  files: Readonly<Record<string, string>>,
  options: unknown,
  siteValues: Readonly<Record<string, unknown>> = {},
) {
  siteCount += 1
  const siteFolder = join(scratch, String(siteCount))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(siteFolder, name)), { recursive: true })
    writeFileSync(join(siteFolder, name), text)
  }
  const now = (): Date => new Date('2026-11-03T04:05:06.789Z')
  const parts = { siteFolder, siteValues, now, warn: () => {} }
  const source = templateSource(templateOptions.parse(options), parts)
  return async ({ path, method = 'GET', ...asked }: Asked): Promise<Response> => {
    const headers = new Headers(asked.headers)
    const request = new Request(`http://10.0.0.1${encodeURI(path)}`, { method, headers })
    return source(request, contextFor({ path, ...asked }))
  }
}

function contextFor(asked: Asked): RequestContext {
  return {
    id: 'r1',
    front: 'tftp',
    clientAddress: '10.0.0.9',
    clientPort: 2070,
    localAddress: '10.0.0.1',
    localPort: 69,
    protocol: 'TFTP/1.0',
    tftpOptions: asked.tftpOptions ?? new Map(),
    path: parseHttpTarget(encodeURI(asked.path)),
    params: asked.params ?? {},
    signal: new AbortController().signal,
    deadlineMs: 1000,
    decline: declineResponse,
    device: undefined,
    madeFrom: () => {},
    note: () => {},
  }
}

test('templateSource renders a file with params, site values and its own values over them', async () => {
  const ask = site(
    { 't/phone.xml.j2': '{{ params.mac }} {{ site.ntp }} {{ site.sip }}' },
    { file: 't/phone.xml.j2', values: { ntp: '10.0.0.2' } },
    { ntp: '10.0.0.1', sip: '10.0.0.5' },
  )
  const response = await ask({ path: '/x.xml', params: { mac: '00:11' } })
  assert.equal(response.status, 200)
  assert.equal(await response.text(), '00:11 10.0.0.2 10.0.0.5')
})

test('templateSource gives length in bytes, type by the name asked, and an ETag of the content', async () => {
  const ask = site({ 'a.cnf.xml.j2': 'é {{ params.x }}' }, { file: 'a.cnf.xml.j2' })
  const one = await ask({ path: '/a.cnf.xml', params: { x: '1' } })
  assert.equal(one.headers.get('content-length'), '4')
  assert.equal(one.headers.get('content-type'), 'application/xml')
  assert.match(one.headers.get('etag') ?? '', /^"[\w-]{22}"$/)
  const same = await ask({ path: '/b.json', params: { x: '1' } })
  assert.equal(same.headers.get('etag'), one.headers.get('etag'))
  assert.equal(same.headers.get('content-type'), 'application/json')
  const other = await ask({ path: '/network-confg', params: { x: '2' } })
  assert.notEqual(other.headers.get('etag'), one.headers.get('etag'))
})

test('templateSource falls back to the type of the template, then to plain text', async () => {
  const xml = site({ 'a.xml.j2': '' }, { file: 'a.xml.j2' })
  const plain = site({ 'a.j2': '' }, { file: 'a.j2' })
  const given = site({ 'a.j2': '' }, { file: 'a.j2', contentType: 'application/x-cfg' })
  const typeOf = async (ask: typeof xml): Promise<string | null> =>
    (await ask({ path: '/network-confg' })).headers.get('content-type')
  assert.equal(await typeOf(xml), 'application/xml')
  assert.equal(await typeOf(plain), 'text/plain; charset=utf-8')
  assert.equal(await typeOf(given), 'application/x-cfg')
})

test('templateSource answers from a folder by the names in it', async () => {
  const ask = site(
    {
      'cfg/phones/SEP{mac}.cnf.xml.j2':
        '{% extends "_base.j2" %}{% block x %}{{ params.mac }}{% endblock %}',
      'cfg/_base.j2': '<{% block x %}{% endblock %}>',
    },
    { folder: 'cfg' },
  )
  const direct = await ask({ path: '/phones/SEP001122AABBCC.cnf.xml' })
  assert.equal(await direct.text(), '<00:11:22:aa:bb:cc>')
  const path = 'phones/SEP001122aabbcc.cnf.xml'
  const routed = await ask({ path: `/v1/${path}`, params: { path } })
  assert.equal(await routed.text(), '<00:11:22:aa:bb:cc>')
  assert.ok(isDeclined(await ask({ path: '/_base' })))
  assert.ok(isDeclined(await ask({ path: '/phones/none.cnf.xml' })))
})

test('templateSource looks up references from its root', async () => {
  const files = {
    'cfg/a.cfg.j2': '{% include "b.j2" %}',
    'cfg/b.j2': 'wrong',
    'shared/b.j2': 'right',
  }
  const folder = site(files, { folder: 'cfg', root: 'shared' })
  assert.equal(await (await folder({ path: '/a.cfg' })).text(), 'right')
  const file = site(files, { file: 'cfg/a.cfg.j2', root: 'shared' })
  assert.equal(await (await file({ path: '/x' })).text(), 'right')
})

test('templateSource takes only reads', async () => {
  const ask = site({ 'a.j2': 'a' }, { file: 'a.j2' })
  const response = await ask({ path: '/a', method: 'PUT' })
  assert.equal(response.status, 405)
  assert.equal(response.headers.get('allow'), 'GET, HEAD')
})

test('templateSource fails, and is not missing, when its template is not there', async () => {
  const ask = site({ 'other.j2': '' }, { file: 'a.j2' })
  await assert.rejects(
    ask({ path: '/a' }),
    (error: unknown) =>
      error instanceof Refusal &&
      error.code === 'GENERATOR_FAILED' &&
      error.message === 'Cannot read template "a.j2": there is no such file' &&
      error.wireMessage === 'The template failed',
  )
})

test('templateSource ends a template after its fuel', async () => {
  const ask = site(
    { 'a.j2': '{% for x in range(9999) %}{% endfor %}' },
    { file: 'a.j2', fuel: 1000 },
  )
  await assert.rejects(ask({ path: '/a' }), /^Refusal: a\.j2:1: needed more than 1000 steps/)
})

test('templateSource tells the time', async () => {
  const expressions = {
    'now()': '2026-11-03T04:05:06Z',
    "now('unix')": '1793678706',
    "now('%H:%M:%S %d %b %Y, %A, day %j of %y, %%')":
      '04:05:06 03 Nov 2026, Tuesday, day 307 of 26, %',
  }
  for (const [expression, wanted] of Object.entries(expressions)) {
    const ask = site({ 'a.j2': `{{ ${expression} }}` }, { file: 'a.j2' })
    assert.equal(await (await ask({ path: '/a' })).text(), wanted)
  }
  const ask = site({ 'a.j2': "{{ now('%Q') }}" }, { file: 'a.j2' })
  await assert.rejects(ask({ path: '/a' }), /a\.j2:1: now: "%Q" is not known; known are Y y m d/)
})

test('templateSource tells who asks, and for what', async () => {
  const ask = site(
    {
      'a.j2': [
        '{{ client() | tojson }}',
        '{{ request().path }} {{ request().method }} {{ request().id }}',
        '{{ request().query.mac }} {{ request().query["a b"] }}',
        '{{ request().options.blksize }}',
        '{{ request().headers["user-agent"] | default("none") }}',
        '{{ request().server.address }}:{{ request().server.port }}',
      ].join('\n'),
    },
    { file: 'a.j2' },
  )
  const path = '/dir/ü.cfg?mac=1&mac=2&a b=c'
  const response = await ask({ path, tftpOptions: new Map([['blksize', '1468']]) })
  assert.deepEqual((await response.text()).split('\n'), [
    '{"address":"10.0.0.9","front":"tftp","port":2070}',
    '/dir/ü.cfg GET r1',
    '1 c',
    '1468',
    'none',
    '10.0.0.1:69',
  ])
  const http = await ask({
    path,
    tftpOptions: new Map([['blksize', '8']]),
    headers: { 'User-Agent': 'x' },
  })
  assert.equal((await http.text()).split('\n')[4], 'x')
})

test('templateSource reads times, maps and sets among the values as plain data', async () => {
  const values = {
    at: new Date(0),
    map: new Map([['a', 1]]),
    set: new Set(['x']),
    none: null,
    missing: undefined,
  }
  const ask = site({ 'a.j2': '{{ site | tojson }}' }, { file: 'a.j2' }, values)
  assert.equal(
    await (await ask({ path: '/a' })).text(),
    '{"at":"1970-01-01T00:00:00.000Z","map":{"a":1},"missing":null,"none":null,"set":["x"]}',
  )
})

test('templateSource refuses values that are no data, by name', () => {
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  assert.throws(() => site({}, { file: 'a.j2' }, { a: [{ b: () => 1 }] }), {
    message: 'Cannot use site.a[0].b in templates: found a function, data is needed',
  })
  assert.throws(() => site({}, { file: 'a.j2' }, { loop }), /nested deeper than 64/)
})

test('templateSource serves the example site without values', async () => {
  const siteFolder = join(import.meta.dirname, '../../../examples/site')
  const parts = { siteFolder, siteValues: {}, now: () => new Date(0), warn: assert.fail }
  const source = templateSource(templateOptions.parse({ folder: '.' }), parts)
  const textOf = async (path: string): Promise<string> =>
    (await source(new Request(`http://10.0.0.1${path}`), contextFor({ path }))).text()
  const phone = await textOf('/phones/SEP001122AABBCC.cnf.xml')
  assert.ok(phone.startsWith('<?xml') && phone.includes('001122AABBCC'), phone)
  assert.match(await textOf('/pxelinux.cfg/01-00-11-22-aa-bb-cc'), /BOOTIF=01-00-11-22-aa-bb-cc/)
})
