import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ResponseDecoder, type ResponseEvent } from './response-decoder.ts'

const [END, STDOUT, STDERR] = [3, 6, 7] as const
const nothing = new Uint8Array(0)

interface Written {
  readonly type: number
  readonly content?: Uint8Array
  readonly padding?: number
  readonly requestId?: number
}

function record({ type, content = nothing, padding = 0, requestId = 1 }: Written): Buffer {
  const header = Buffer.from([1, type, 0, requestId, 0, 0, padding, 0])
  header.writeUInt16BE(content.length, 4)
  return Buffer.concat([header, content, Buffer.alloc(padding, 0xee)])
}

function end(appStatus = 0, protocolStatus = 0): Written {
  const content = Buffer.alloc(8)
  content.writeUInt32BE(appStatus)
  content[4] = protocolStatus
  return { type: END, content }
}

const bytesOf = (records: readonly Written[]): Buffer => Buffer.concat(records.map(record))
const text = (value: string): Buffer => Buffer.from(value)

/** All events, those of a kind that follow each other made one. */
function decode(bytes: Uint8Array, cuts: readonly number[] = []): readonly object[] {
  const decoder = new ResponseDecoder()
  const events: ResponseEvent[] = []
  for (let start = 0, index = 0; start < bytes.length; index += 1) {
    const size = cuts[index] ?? bytes.length
    events.push(...decoder.push(bytes.subarray(start, start + size)))
    start += size
  }
  return merged(events)
}

function merged(events: readonly ResponseEvent[]): readonly object[] {
  const found: { kind: string; text?: string }[] = []
  for (const event of events) {
    if (!('bytes' in event)) found.push(event)
    else {
      const last = found.at(-1)
      const more = Buffer.from(event.bytes).toString('latin1')
      if (last?.kind === event.kind) last.text += more
      else found.push({ kind: event.kind, text: more })
    }
  }
  return found
}

function problem(records: readonly Written[]): unknown {
  const [last] = decode(bytesOf(records)).slice(-1) as { kind: string; problem?: string }[]
  return last?.kind === 'violation' ? last.problem : undefined
}

test('ResponseDecoder gives output, errors and the end, without their padding', () => {
  const bytes = bytesOf([
    { type: STDOUT, content: text('ab'), padding: 6 },
    { type: STDERR, content: text('warned') },
    { type: STDOUT, content: text('c') },
    { type: STDOUT },
    end(3, 2),
  ])
  assert.deepEqual(decode(bytes), [
    { kind: 'output', text: 'ab' },
    { kind: 'errors', text: 'warned' },
    { kind: 'output', text: 'c' },
    { kind: 'end', appStatus: 3, protocolStatus: 2 },
  ])
})

test('ResponseDecoder gives an application status above 2^31 as it is', () => {
  const [event] = decode(bytesOf([end(0xff_ff_ff_ff)]))
  assert.deepEqual(event, { kind: 'end', appStatus: 4_294_967_295, protocolStatus: 0 })
})

test('ResponseDecoder passes over records that belong to no request', () => {
  const values = { type: 10, content: text('FCGI_MAX_CONNS'), requestId: 0 }
  assert.deepEqual(decode(bytesOf([values, { type: STDOUT, content: text('a') }, values])), [
    { kind: 'output', text: 'a' },
  ])
})

test('ResponseDecoder is clean only when the answer has ended and nothing came after it', () => {
  const decoder = new ResponseDecoder()
  const bytes = record({ ...end(), padding: 2 })
  assert.equal(decoder.isClean, false)
  decoder.push(bytes.subarray(0, -1))
  assert.equal(decoder.isClean, false)
  decoder.push(bytes.subarray(-1))
  assert.equal(decoder.isClean, true)
  decoder.push(Buffer.from([1]))
  assert.equal(decoder.isClean, false)
  const more = new ResponseDecoder()
  const events = more.push(bytesOf([end(), { type: STDOUT, content: text('a') }]))
  assert.deepEqual([events.length, more.isClean], [1, false])
})

const violations: readonly (readonly [what: string, records: readonly Written[], RegExp])[] = [
  ['another request', [{ type: STDOUT, requestId: 7 }], /is for request 7, none was sent/],
  ['a type only servers send', [{ type: 5 }], /type 5, expected STDOUT, STDERR or END_REQUEST/],
  ['a short end', [{ type: END, content: text('abc') }], /has 3 bytes, expected 8/],
  ['a long end', [{ type: END, content: text('123456789') }], /has 9 bytes, expected 8/],
  ['output after its end', [{ type: STDOUT }, { type: STDOUT, content: text('a') }], /after its/],
]

for (const [what, records, message] of violations) {
  test(`ResponseDecoder reports ${what}`, () => {
    assert.match(String(problem(records)), message)
  })
}

test('ResponseDecoder reports what is not FastCGI at all', () => {
  const [event] = decode(text('HTTP/1.1 400 Bad Request\r\n')) as { problem?: string }[]
  assert.match(event?.problem ?? '', /version 72, expected 1/)
})

test('ResponseDecoder does not wait for the content of a record that cannot be', () => {
  const head = Buffer.from([2, STDOUT, 0, 1, 0xff, 0xff, 0, 0])
  assert.equal(new ResponseDecoder().push(Buffer.concat([head, text('a')]))[0]?.kind, 'violation')
})

const streams = fc.array(
  fc.record({
    type: fc.constantFrom(STDOUT, STDERR),
    content: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    padding: fc.nat(255),
  }),
  { maxLength: 8 },
)
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 200 })

test('ResponseDecoder gives the same however the bytes are cut', () => {
  fc.assert(
    fc.property(streams, cuts, (records, sizes) => {
      const bytes = bytesOf([...records, end(1)])
      assert.deepEqual(decode(bytes, sizes), decode(bytes))
      const whole = decode(bytes) as { kind: string; text?: string }[]
      for (const [kind, type] of [['output', STDOUT] as const, ['errors', STDERR] as const]) {
        const found = whole.filter((event) => event.kind === kind).map((event) => event.text)
        const sent = records.filter((one) => one.type === type).map(({ content }) => content)
        assert.equal(found.join(''), Buffer.concat(sent).toString('latin1'))
      }
    }),
  )
})

test('ResponseDecoder never throws, and never gives more than came', () => {
  const mutated = fc
    .tuple(streams, fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 6 }))
    .map(([records, changes]) => {
      const bytes = bytesOf([...records, end()])
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      return bytes
    })
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 600 })), cuts, (bytes, sizes) => {
      const events = decode(bytes, sizes) as { text?: string }[]
      const given = events.reduce((sum, event) => sum + (event.text?.length ?? 0), 0)
      assert.ok(given <= bytes.length)
    }),
    { numRuns: 500 },
  )
})
