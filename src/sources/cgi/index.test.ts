import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { Refusal } from '../../base/refusal.ts'
import { INTERNAL_REDIRECT_HEADER, isDeclined } from '../../routing/source.ts'
import { type Asked, ask, scriptSite, until } from '../../testing/script-site.ts'

/** Prints what the environment of the script itself is: no shell in between adds to it. */
const environmentScript = `#!/usr/bin/perl
print map { "$_=$ENV{$_}\\n" } sort keys %ENV;
`

async function linesOf({ response }: Asked): Promise<Record<string, string>> {
  const lines = (await (await response).text()).trimEnd().split('\n')
  const pairs = lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string])
  return Object.fromEntries(pairs)
}

test('cgiSource gives a script this environment and nothing else', async () => {
  await using site = await scriptSite()
  const file = await site.write('cgi/show', environmentScript)
  process.env['TRIVET_TEST_SECRET'] = 'must stay here'
  process.env['NODE_V8_COVERAGE'] ??= ''
  const tftpOptions = new Map([['blksize', '1428']])
  const asked = ask(site.source({ environment: { ZONE: 'lab', LANG: 'C' } }), 'cgi/show/a%20b?x', {
    tftpOptions,
    params: { path: 'show/a%20b', mac: '00:11:22:aa:bb:cc' },
  })
  assert.deepEqual(await linesOf(asked), {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/',
    LANG: 'C',
    ZONE: 'lab',
    GATEWAY_INTERFACE: 'CGI/1.1',
    PATH_INFO: '/a%20b',
    PATH_TRANSLATED: `${site.path}/a%20b`,
    QUERY_STRING: 'x',
    REMOTE_ADDR: '10.0.0.7',
    REMOTE_HOST: '10.0.0.7',
    REMOTE_PORT: '2070',
    REQUEST_METHOD: 'GET',
    REQUEST_SCHEME: 'tftp',
    REQUEST_URI: '/cgi/show/a%2520b?x',
    SCRIPT_NAME: '/cgi/show',
    SCRIPT_FILENAME: file,
    DOCUMENT_ROOT: site.path,
    SERVER_ADDR: '10.0.0.1',
    SERVER_NAME: '10.0.0.1',
    SERVER_PORT: '69',
    SERVER_PROTOCOL: 'TFTP/1.0',
    SERVER_SOFTWARE: 'trivet/1.2.3',
    TRIVET_REQUEST_ID: 'a1b2c3-1',
    TRIVET_PARAM_PATH: 'show/a%20b',
    TRIVET_PARAM_MAC: '00:11:22:aa:bb:cc',
    TRIVET_TFTP_MODE: 'octet',
    TRIVET_TFTP_BLKSIZE: '1428',
    Peer: '10.0.0.7',
    CLIENT_ADDR: '10.0.0.7:2070',
  })
})

test('cgiSource runs a script in its own folder with the arguments of the route, none from the query', async () => {
  await using site = await scriptSite()
  await site.write('cgi/sub/where', '#!/bin/sh\npwd; printf "<%s>" "$@"\n')
  const source = site.source({ arguments: ['-v', 'two words'] })
  const { response } = ask(source, 'cgi/sub/where?--delete+all')
  assert.equal(await (await response).text(), `${site.path}/cgi/sub\n<-v><two words>`)
})

test('cgiSource declines when the folder has no such script', async () => {
  await using site = await scriptSite()
  await site.write('cgi/a', '#!/bin/sh\n')
  assert.ok(isDeclined(await ask(site.source(), 'cgi/b').response))
})

test('cgiSource says size and type of a small file', async () => {
  await using site = await scriptSite()
  await site.write('cgi/plain', '#!/bin/sh\nprintf "ntp: 10.0.0.1\\n\\nend\\n"\n')
  await site.write('cgi/typed', '#!/bin/sh\nprintf "Content-Type: text/xml\\n\\n<a/>"\n')
  const source = site.source()
  const plain = await ask(source, 'cgi/plain').response
  assert.equal(plain.headers.get('content-length'), '19')
  assert.equal(plain.headers.get('content-type'), 'application/octet-stream')
  assert.equal(await plain.text(), 'ntp: 10.0.0.1\n\nend\n')
  const typed = await ask(source, 'cgi/typed').response
  assert.equal(typed.headers.get('content-length'), '4')
  assert.equal(typed.headers.get('content-type'), 'text/xml')
  assert.equal(await typed.text(), '<a/>')
})

test('cgiSource obeys cgiHeaders', async () => {
  await using site = await scriptSite()
  await site.write('cgi/typed', '#!/bin/sh\nprintf "Content-Type: text/xml\\n\\n<a/>"\n')
  await site.write('cgi/plain', '#!/bin/sh\necho hello\n')
  const never = await ask(site.source({ cgiHeaders: 'never' }), 'cgi/typed').response
  assert.equal(await never.text(), 'Content-Type: text/xml\n\n<a/>')
  await assert.rejects(ask(site.source({ cgiHeaders: 'always' }), 'cgi/plain').response, {
    code: 'GENERATOR_FAILED',
    message: /: no blank line in the first 6 bytes$/,
    wireMessage: 'The file could not be made',
  })
})

const statuses: readonly [header: string, status: number, name: string, value: string | null][] = [
  ['Status: 404 Not Found\nContent-Type: text/plain', 404, 'content-length', '2'],
  ['Status: 204 No Content', 204, 'content-length', null],
  ['Location: http://boot.example/a', 302, 'location', 'http://boot.example/a'],
  ['Location: /firmware/a?v=1', 302, INTERNAL_REDIRECT_HEADER, '/firmware/a?v=1'],
  ['Status: 404\nX-Trivet-Decline: 1', 404, 'x-trivet-decline', '1'],
]

for (const [header, status, name, value] of statuses) {
  test(`cgiSource answers ${JSON.stringify(header)} with ${status} and ${name} ${value}`, async () => {
    await using site = await scriptSite()
    await site.write('cgi/a', `#!/bin/sh\ncat <<'END'\n${header}\n\nx\nEND\n`)
    const response = await ask(site.source(), 'cgi/a').response
    assert.equal(response.status, status)
    assert.equal(response.headers.get(name), value)
  })
}

test('cgiSource serves an empty file when a script prints nothing, and notes it', async () => {
  await using site = await scriptSite()
  await site.write('cgi/nothing', '#!/bin/sh\n:\n')
  const asked = ask(site.source(), 'cgi/nothing')
  const response = await asked.response
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-length'), '0')
  assert.equal((await response.bytes()).length, 0)
  assert.deepEqual(asked.notes, ['the script printed nothing'])
})

test('cgiSource passes binary output byte for byte, small and streamed', async () => {
  await using site = await scriptSite()
  for (const size of [1000, 3 * 1024 * 1024 + 1]) {
    const bytes = randomBytes(size)
    await site.write('cgi/data', bytes, 0o644)
    await site.write(
      'cgi/print',
      '#!/bin/sh\nprintf "Content-Type: a/b\\r\\n\\r\\n"; exec cat data\n',
    )
    const response = await ask(site.source(), 'cgi/print').response
    assert.equal(response.headers.get('content-length'), size === 1000 ? '1000' : null)
    assert.deepEqual(Buffer.from(await response.bytes()), bytes)
  }
})

test('cgiSource knows the size of a streamed file from its Content-Length, and holds it to that', async () => {
  await using site = await scriptSite()
  const script = (bytes: number): string =>
    `#!/bin/sh\nprintf "Content-Type: a/b\\nContent-Length: 200000\\n\\n"; head -c ${bytes} /dev/zero\n`
  await site.write('cgi/right', script(200_000))
  await site.write('cgi/short', script(199_999))
  await site.write('cgi/long', script(200_001))
  await site.write('cgi/small', script(100))
  const source = site.source()
  const right = await ask(source, 'cgi/right').response
  assert.equal(right.headers.get('content-length'), '200000')
  assert.equal((await right.bytes()).length, 200_000)
  for (const [name, found] of [
    ['short', 199_999],
    ['long', 200_001],
  ] as const) {
    const response = await ask(source, `cgi/${name}`).response
    const message = new RegExp(`announced a Content-Length of 200000 and printed ${found} bytes$`)
    await assert.rejects(response.bytes(), { code: 'GENERATOR_FAILED', message })
  }
  await assert.rejects(ask(source, 'cgi/small').response, { code: 'GENERATOR_FAILED' })
})

function chunked(bytes: Uint8Array, chunkBytes: number): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (at >= bytes.length) return controller.close()
        controller.enqueue(bytes.subarray(at, (at += chunkBytes)))
      },
    },
    { highWaterMark: 0 },
  )
}

test('cgiSource feeds an upload of 1 MiB to the script and gives back its answer', async () => {
  await using site = await scriptSite()
  await site.write(
    'cgi/echo',
    '#!/bin/sh\nprintf "%s %s\\n" "$REQUEST_METHOD" "$CONTENT_LENGTH"; exec cat\n',
  )
  const upload = randomBytes(1024 * 1024)
  const known = { body: chunked(upload, 1428), uploadBytes: upload.length }
  const bytes = Buffer.from(await (await ask(site.source(), 'cgi/echo', known).response).bytes())
  assert.equal(bytes.subarray(0, 12).toString(), 'PUT 1048576\n')
  assert.deepEqual(bytes.subarray(12), upload)
  const unknown = await ask(site.source(), 'cgi/echo', { body: chunked(upload, 9000) }).response
  assert.equal((await unknown.bytes()).length, 'PUT \n'.length + upload.length)
})

test('cgiSource accepts an upload that a script does not read', async () => {
  await using site = await scriptSite()
  await site.write('cgi/deaf', '#!/bin/sh\nexec <&-; echo taken\n')
  const body = chunked(new Uint8Array(1024 * 1024), 9000)
  const { response } = ask(site.source(), 'cgi/deaf', { body })
  assert.equal(await (await response).text(), 'taken\n')
})

test('cgiSource lets a script refuse an upload without taking the rest from the client', async () => {
  await using site = await scriptSite()
  await site.write('cgi/no', '#!/bin/sh\nhead -c 10 >/dev/null; exit 4\n')
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(10)),
  })
  await assert.rejects(ask(site.source(), 'cgi/no', { body }).response, {
    code: 'GENERATOR_FAILED',
    message: /^Cannot generate \/cgi\/no: script cgi\/no exited with status 4 after \d+ ms$/,
  })
})

/** An upload of some bytes that, once the script reads, breaks off, goes on or ends. */
function failing(isRead: () => Promise<unknown>, then: Error | Uint8Array | 'end'): ReadableStream {
  const chunks = [new Uint8Array(9)]
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = chunks.pop()
        if (chunk !== undefined) return controller.enqueue(chunk)
        await isRead()
        if (then instanceof Error) throw then
        if (then === 'end') return controller.close()
        controller.enqueue(then)
      },
    },
    { highWaterMark: 0 },
  )
}

test('cgiSource never shows a script the end of an upload that failed', async () => {
  const uploads: readonly [code: string, then: Parameters<typeof failing>[1]][] = [
    ['MALFORMED_REQUEST', new Error('gone')],
    ['TOO_LARGE', new Refusal('TOO_LARGE', 'much')],
    ['MALFORMED_REQUEST', 'end'],
    ['MALFORMED_REQUEST', new Uint8Array(2)],
  ]
  // Deaf to SIGTERM, so that it would see an end of its input before it is ended.
  const script = "#!/bin/sh\ntrap '' TERM\ntouch reads; cat >taken && touch done\n"
  const runs = uploads.map(async ([code, then]) => {
    await using site = await scriptSite()
    await site.write('cgi/take', script)
    await site.write('cgi/list', '#!/bin/sh\nls\n')
    const source = site.source({ concurrentMax: 1 })
    const isRead = (): Promise<unknown> => until(() => existsSync(`${site.path}/cgi/reads`))
    const asked = ask(source, 'cgi/take', { body: failing(isRead, then), uploadBytes: 10 })
    await assert.rejects(asked.response, { code })
    // Its turn comes when the first has ended.
    const after = await (await ask(source, 'cgi/list').response).text()
    assert.doesNotMatch(after, /done/)
  })
  await Promise.all(runs)
})
