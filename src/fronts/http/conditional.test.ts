import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectRepresentation } from './conditional.ts'
import { type Entity, entityFor } from './entity.ts'

const text = 'Hello from CGI land!\n'

async function entity(headers: Record<string, string> = {}): Promise<Entity> {
  const response = new Response(text, { headers: { etag: '"a"', ...headers } })
  const reader = new Response(text).body?.getReader()
  const body = {
    read: async () => (await reader?.read())?.value,
    cancel: () => void reader?.cancel(),
  }
  const made = await entityFor(response, body)
  return { ...made, sizeBytes: text.length }
}

async function select(
  headers: Record<string, string>,
): Promise<{ status: number; text: string; headers: Headers }> {
  const selected = selectRepresentation(new Request('http://h/', { headers }), await entity())
  let got = ''
  for (let chunk = await selected.body.read(); chunk; chunk = await selected.body.read()) {
    got += new TextDecoder().decode(chunk)
  }
  return { status: selected.status, text: got, headers: selected.headers }
}

const cases: readonly [string, Record<string, string>, number, string][] = [
  ['no condition', {}, 200, text],
  ['a matching If-None-Match', { 'if-none-match': '"a"' }, 304, ''],
  ['another If-None-Match', { 'if-none-match': '"b"' }, 200, text],
  ['a failing If-Match', { 'if-match': '"b"' }, 412, ''],
  ['a matching If-Match among others', { 'if-match': '"b", "a"' }, 200, text],
  ['the first bytes', { range: 'bytes=0-4' }, 206, 'Hello'],
  ['the middle', { range: 'bytes=6-9' }, 206, 'from'],
  ['the last bytes', { range: 'bytes=-6' }, 206, 'land!\n'],
  ['more last bytes than there are', { range: 'bytes=-500' }, 206, text],
  ['an open end', { range: 'bytes=15-' }, 206, 'land!\n'],
  ['a range past the end', { range: 'bytes=99-' }, 416, ''],
  ['two ranges', { range: 'bytes=0-1,3-4' }, 200, text],
  ['a range of another unit', { range: 'lines=1-2' }, 200, text],
  ['nonsense', { range: 'bytes=z' }, 200, text],
  ['If-Range that holds', { range: 'bytes=0-4', 'if-range': '"a"' }, 206, 'Hello'],
  ['If-Range that does not', { range: 'bytes=0-4', 'if-range': '"b"' }, 200, text],
]

for (const [what, headers, status, body] of cases) {
  test(`selectRepresentation answers ${what} with ${status}`, async () => {
    const selected = await select(headers)
    assert.equal(selected.status, status)
    assert.equal(selected.text, body)
  })
}

test('selectRepresentation says which part of how much it sends', async () => {
  const { headers } = await select({ range: 'bytes=6-9' })
  assert.equal(headers.get('content-range'), `bytes 6-9/${text.length}`)
  assert.equal(headers.get('content-length'), '4')
})
