import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Refusal } from '../../base/refusal.ts'
import { type CgiHeaderMode, CgiResponseReader } from './response-reader.ts'

/** An answer as a value that can be compared; the body as Latin-1. */
interface Read {
  readonly status?: number
  readonly fields?: readonly (readonly [string, string])[]
  readonly body?: string
  readonly target?: string
  readonly refused?: string
}

/** Feeds chunks to a reader, then ends; what follows the decision is body. */
function read(mode: CgiHeaderMode, chunks: readonly Uint8Array[]): Read {
  const reader = new CgiResponseReader(mode)
  try {
    const rest = [...chunks]
    let answer = rest.length === 0 ? reader.end() : undefined
    while (answer === undefined) {
      const chunk = rest.shift()
      const found = chunk === undefined ? reader.end() : reader.push(chunk)
      if (found.kind !== 'pending') answer = found
    }
    if (answer.kind === 'localRedirect') return { target: answer.target }
    const { status, fields, body } = answer
    return { status, fields, body: Buffer.concat([body, ...rest]).toString('latin1') }
  } catch (error) {
    assert.ok(error instanceof Refusal)
    assert.equal(error.code, 'GENERATOR_FAILED')
    return { refused: error.message.replace(/^.*output: /, '') }
  }
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const readText = (mode: CgiHeaderMode, text: string): Read => read(mode, [bytesOf(text)])
const type = ['Content-Type', 'text/plain'] as const

const headers: Readonly<Record<string, readonly [output: string, read: Read]>> = {
  'a document': [
    'Content-Type: text/plain\n\nbody\n',
    { status: 200, fields: [type], body: 'body\n' },
  ],
  'CRLF line ends': [
    'Content-Type: text/plain\r\n\r\nbody\r\n',
    { status: 200, fields: [type], body: 'body\r\n' },
  ],
  'mixed line ends': [
    'Content-Type: text/plain\n\r\n\nbody',
    { status: 200, fields: [type], body: '\nbody' },
  ],
  'names in any case and no space': [
    'content-TYPE:text/plain\nX-A:\nX-B:  b  \n\n',
    {
      status: 200,
      fields: [
        ['content-TYPE', 'text/plain'],
        ['X-A', ''],
        ['X-B', 'b'],
      ],
      body: '',
    },
  ],
  'a status with a reason': [
    'Status: 404 Not Found\nContent-Type: text/plain\n\nno',
    { status: 404, fields: [type], body: 'no' },
  ],
  'a status without one': ['Status: 204\n\n', { status: 204, fields: [], body: '' }],
  'a parameter of the type': [
    'Content-Type: text/plain; charset=utf-8\n\n',
    { status: 200, fields: [['Content-Type', 'text/plain; charset=utf-8']], body: '' },
  ],
  'a URL in Location': [
    'Location: https://boot.example/a?b#c\n\n',
    { status: 302, fields: [['Location', 'https://boot.example/a?b#c']], body: '' },
  ],
  'a URL and a status': [
    'Status: 301 Moved\nLocation: tftp://10.0.0.1/a\n\n',
    { status: 301, fields: [['Location', 'tftp://10.0.0.1/a']], body: '' },
  ],
  'a path alone in Location': ['Location: /firmware/a?v=1\n\n', { target: '/firmware/a?v=1' }],
  'a path and a status': [
    'Location: /a\nStatus: 303 See Other\n\n',
    { status: 303, fields: [['Location', '/a']], body: '' },
  ],
  'a path and a type': [
    'Location: /a\nContent-Type: text/plain\n\n',
    { status: 302, fields: [['Location', '/a'], type], body: '' },
  ],
  'headers that concern the connection': [
    'Content-Type: text/plain\nConnection: close\nTransfer-Encoding: chunked\nETag: "1"\n\n',
    { status: 200, fields: [type, ['ETag', '"1"']], body: '' },
  ],
  'bytes above 127 in a value': [
    'Content-Type: text/plain\nX-A: \xe9\x80\n\n\xff',
    { status: 200, fields: [type, ['X-A', '\xe9\x80']], body: '\xff' },
  ],
  'a cookie twice': [
    'Content-Type: text/plain\nSet-Cookie: a\nSet-Cookie: b\n\n',
    { status: 200, fields: [type, ['Set-Cookie', 'a'], ['Set-Cookie', 'b']], body: '' },
  ],
}

for (const [what, [output, expected]] of Object.entries(headers)) {
  for (const mode of ['auto', 'always'] as const) {
    test(`CgiResponseReader in ${mode} reads ${what}`, () => {
      assert.deepEqual(readText(mode, output), expected)
    })
  }
  test(`CgiResponseReader in never leaves ${what} in the body`, () => {
    assert.deepEqual(readText('never', output), { status: 200, fields: [], body: output })
  })
}

const plain: Readonly<Record<string, readonly [output: string, problem: string]>> = {
  'a configuration of keys and values': [
    'ntp-server: 10.0.0.1\nhostname: sw7\n\nend\n',
    'it has none of Content-Type, Status and Location',
  ],
  'another header first': [
    'hostname sw7\nContent-Type: text/plain\n\n',
    'line 1 is "hostname sw7", expected "Name: value"',
  ],
  'a place in Location': [
    'Location: Room 4, first floor\n\nContact: me\n',
    'Location is "Room 4, first floor", expected a URL or a path with a leading slash',
  ],
  'a word in Status': [
    'Status: enabled\n\n',
    'Status is "enabled", expected a number from 200 to 599 and a reason',
  ],
  'a status out of range': [
    'Status: 100 Continue\n\n',
    'Status is "100 Continue", expected a number from 200 to 599 and a reason',
  ],
  'a type without a slash': [
    'Content-Type: text\n\n',
    'Content-Type is "text", expected "type/subtype"',
  ],
  'a line without a colon': [
    'Content-Type: text/plain\nhostname sw7\n\nend\n',
    'line 2 is "hostname sw7", expected "Name: value"',
  ],
  'a continued line': [
    'Content-Type: text/plain;\n charset=utf-8\n\n',
    'line 2 is " charset=utf-8", expected "Name: value"',
  ],
  'a space before the colon': [
    'Content-Type : text/plain\n\n',
    'line 1 is "Content-Type : text/plain", expected "Name: value"',
  ],
  'a control character': [
    'Content-Type: text/plain\nX: \x1b[2J\n\n',
    'line 2 is "X: ?[2J", expected "Name: value"',
  ],
  'a field that stands there twice': [
    'Status: 200\nstatus: 404\n\n',
    '"status" stands there twice',
  ],
  'no blank line': ['Content-Type: text/plain\nbody', 'no blank line in the first 29 bytes'],
  'a header of an HTTP response': [
    'HTTP/1.1 200 OK\nContent-Type: text/plain\n\n',
    'line 1 is "HTTP/1.1 200 OK", expected "Name: value"',
  ],
  'a blank first line': ['\nbody\n', 'it has none of Content-Type, Status and Location'],
  nothing: ['', 'the script printed nothing'],
}

for (const [what, [output, problem]] of Object.entries(plain)) {
  test(`CgiResponseReader in auto takes ${what} for a body`, () => {
    assert.deepEqual(readText('auto', output), { status: 200, fields: [], body: output })
  })
  test(`CgiResponseReader in always refuses ${what}`, () => {
    assert.deepEqual(readText('always', output), { refused: problem })
  })
}

/** A header of exactly so many bytes, blank line included. */
function headerOf(bytes: number): string {
  const [start, end] = ['Content-Type: text/plain\nX: ', '\n\n']
  return start + 'x'.repeat(bytes - start.length - end.length) + end
}

test('CgiResponseReader finds a blank line that ends at 8 KiB, and none behind it', () => {
  assert.equal(readText('auto', `${headerOf(8192)}body`).body, 'body')
  assert.equal(readText('auto', `${headerOf(8193)}body`).body?.length, 8197)
  assert.deepEqual(readText('always', headerOf(8193)), {
    refused: 'no blank line in the first 8192 bytes',
  })
})

test('CgiResponseReader decides on the first bytes that cannot begin a header', () => {
  const reader = new CgiResponseReader('auto')
  assert.equal(reader.push(bytesOf('Cont')).kind, 'pending')
  assert.equal(reader.push(bytesOf('act')).kind, 'document')
})

/** Output that often looks like a header, and is often nearly one. */
const outputs = fc
  .array(
    fc.oneof(
      fc.constantFrom('Content-Type: text/plain', 'Status: 404 Not Found', 'Location: /a', 'X: y'),
      fc.constantFrom('\n', '\r\n', '\n\n', '\r\n\r\n', ' ', 'Location: x', 'body', '\0\xff'),
      fc.constantFrom(`X: ${'y'.repeat(4000)}\n`, `X: ${'y'.repeat(4160)}`),
      fc.string({ unit: 'binary-ascii' }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => bytesOf(parts.join('')))

const modes = fc.constantFrom('auto', 'always', 'never')

test('CgiResponseReader gives the same however the output is cut', () => {
  fc.assert(
    fc.property(modes, outputs, fc.array(fc.nat(9000)), (mode, output, cuts) => {
      const places = [0, ...cuts.filter((cut) => cut <= output.length), output.length]
      const sorted = places.toSorted((a, b) => a - b)
      const chunks = sorted.map((start, index) => output.subarray(start, sorted[index + 1]))
      assert.deepEqual(read(mode, chunks), read(mode, [output]))
    }),
    { numRuns: 500 },
  )
})

test('CgiResponseReader loses no byte: in auto a body is the whole output or what follows the header', () => {
  fc.assert(
    fc.property(outputs, (output) => {
      const { body, target, fields } = read('auto', [output])
      if (target !== undefined || body === undefined) return
      const text = Buffer.from(output).toString('latin1')
      assert.ok(text.endsWith(body))
      const head = text.slice(0, text.length - body.length)
      if (head === '') return assert.deepEqual(fields, [])
      assert.match(head, /\n\r?\n$/)
      assert.ok(head.length <= 8192)
    }),
    { numRuns: 500 },
  )
})
