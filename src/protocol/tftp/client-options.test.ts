import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'

import { Refusal } from '../../base/refusal.ts'
import { negotiate, readOack, requestOptions } from './options.ts'

const map = (options: Readonly<Record<string, string>>) => new Map(Object.entries(options))
const refuses = (message: string) => (error: unknown) =>
  error instanceof Refusal && error.code === 'OPTION_REFUSED' && error.message === message

test('requestOptions names what is asked, and only that', () => {
  assert.deepEqual(requestOptions({}), new Map())
  const asked = requestOptions({
    blockBytes: 1428,
    windowBlocks: 16,
    timeoutSeconds: 2,
    utimeoutMicroseconds: 250_000,
    tsize: 0,
    rollover: 1,
    pauseSeconds: 60,
  })
  assert.deepEqual(
    [...asked].map((pair) => pair.join('=')),
    [
      'blksize=1428',
      'windowsize=16',
      'timeout=2',
      'utimeout=250000',
      'tsize=0',
      'rollover=1',
      'pause=60',
    ],
  )
})

test('requestOptions sends extra options as they are, in place of its own', () => {
  const extra = map({ PAUSE: '60', blksize: '70000' })
  assert.deepEqual(
    [...requestOptions({ blockBytes: 512, extra })],
    [
      ['blksize', '70000'],
      ['pause', '60'],
    ],
  )
})

test('requestOptions refuses values outside their range', () => {
  const table: readonly [Parameters<typeof requestOptions>[0], string][] = [
    [{ blockBytes: 7 }, 'blksize "7": the range is 8 to 65464'],
    [{ blockBytes: 65_465 }, 'blksize "65465": the range is 8 to 65464'],
    [{ blockBytes: 512.5 }, 'blksize "512.5": the range is 8 to 65464'],
    [{ blockBytes: Number.NaN }, 'blksize "NaN": the range is 8 to 65464'],
    [{ windowBlocks: 0 }, 'windowsize "0": the range is 1 to 65535'],
    [{ pauseSeconds: 0 }, 'pause "0": the range is 1 to 3600'],
    [{ pauseSeconds: 3601 }, 'pause "3601": the range is 1 to 3600'],
    [{ timeoutSeconds: 256 }, 'timeout "256": the range is 1 to 255'],
    [{ utimeoutMicroseconds: 9999 }, 'utimeout "9999": the range is 10000 to 255000000'],
    [{ tsize: -1 }, 'tsize "-1": the range is 0 to 9007199254740991'],
  ]
  for (const [asked, message] of table) {
    assert.throws(() => requestOptions(asked), refuses(`Cannot ask for ${message}`))
  }
})

test('readOack works with what the server granted', () => {
  const asked = map({
    blksize: '1468',
    windowsize: '16',
    timeout: '3',
    tsize: '0',
    rollover: '1',
    vendor: 'x',
  })
  const answered = map({
    tsize: '34603008',
    blksize: '1024',
    windowsize: '4',
    timeout: '3',
    rollover: '1',
    vendor: 'y',
  })
  assert.deepEqual(readOack(asked, answered), {
    acknowledged: answered,
    blockBytes: 1024,
    windowBlocks: 4,
    retryMs: 3000,
    rolloverTo: 1,
    sizeBytes: 34_603_008,
  })
})

test('readOack falls back to RFC 1350 for what the server left out', () => {
  assert.deepEqual(readOack(map({ blksize: '1468', timeout: '3' }), new Map()), {
    acknowledged: new Map(),
    blockBytes: 512,
    windowBlocks: 1,
    rolloverTo: 0,
  })
})

test('readOack takes retryMs from utimeout before timeout', () => {
  const both = map({ timeout: '3', utimeout: '250000' })
  assert.equal(readOack(both, both).retryMs, 250)
  const reversed = new Map([...both].reverse())
  assert.equal(readOack(both, reversed).retryMs, 250)
})

test('readOack hears the size of an upload again', () => {
  assert.equal(readOack(map({ tsize: '33' }), map({ tsize: '33' })).sizeBytes, 33)
})

test('readOack refuses what was not asked, and values that the option does not allow', () => {
  const unchanged = (asked: string) => `asked was "${asked}", which must come back unchanged`
  const table: readonly [Record<string, string>, Record<string, string>, string][] = [
    [{}, { blksize: '512' }, 'blksize "512": it was not asked (RFC 2347)'],
    [{ tsize: '0' }, { constructor: '1' }, 'constructor "1": it was not asked (RFC 2347)'],
    [{ blksize: '1024' }, { blksize: '1025' }, 'blksize "1025": the range is 8 to 1024'],
    [{ blksize: '1024' }, { blksize: '7' }, 'blksize "7": the range is 8 to 1024'],
    [{ blksize: '1024' }, { blksize: '' }, 'blksize "": the range is 8 to 1024'],
    [{ blksize: '1024' }, { blksize: '0x200' }, 'blksize "0x200": the range is 8 to 1024'],
    [{ blksize: 'any' }, { blksize: '70000' }, 'blksize "70000": the range is 8 to 65464'],
    [{ blksize2: '1024' }, { blksize2: '1000' }, 'blksize2 "1000": no power of two'],
    [{ blksize2: '1024' }, { blksize2: '2048' }, 'blksize2 "2048": the range is 8 to 1024'],
    [{ windowsize: '4' }, { windowsize: '5' }, 'windowsize "5": the range is 1 to 4'],
    [{ windowsize: '4' }, { windowsize: '0' }, 'windowsize "0": the range is 1 to 4'],
    [{ timeout: '3' }, { timeout: '4' }, `timeout "4": ${unchanged('3')}`],
    [{ timeout: '0' }, { timeout: '0' }, `timeout "0": ${unchanged('0')}`],
    [{ utimeout: '10000' }, { utimeout: '10001' }, `utimeout "10001": ${unchanged('10000')}`],
    [{ pause: '60' }, { pause: '61' }, `pause "61": ${unchanged('60')}`],
    [{ rollover: '1' }, { rollover: '0' }, `rollover "0": ${unchanged('1')}`],
    [{ tsize: '0' }, { tsize: 'null' }, 'tsize "null": the range is 0 to 9007199254740991'],
    [{ tsize: '33' }, { tsize: '34' }, `tsize "34": ${unchanged('33')}`],
  ]
  for (const [asked, answered, message] of table) {
    assert.throws(() => readOack(map(asked), map(answered)), refuses(`Cannot accept ${message}`))
  }
})

test('readOack refuses two block sizes at once', () => {
  const both = map({ blksize: '1024', blksize2: '512' })
  assert.throws(
    () => readOack(both, both),
    refuses('Cannot accept blksize and blksize2: only one can be the size of a block'),
  )
})

test('readOack accepts whatever negotiate granted, and agrees with it', () => {
  const value = (min: number, max: number) =>
    fc.option(fc.integer({ min, max }), { nil: undefined })
  const asked = fc.record(
    {
      blockBytes: fc.integer({ min: 8, max: 65_464 }),
      windowBlocks: fc.integer({ min: 1, max: 65_535 }),
      timeoutSeconds: fc.integer({ min: 1, max: 255 }),
      utimeoutMicroseconds: fc.integer({ min: 10_000, max: 255_000_000 }),
      tsize: fc.constant(0),
      rollover: fc.constantFrom(0 as const, 1 as const),
      pauseSeconds: fc.integer({ min: 1, max: 3600 }),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(asked, value(1, 9000), value(0, 2 ** 40), (options, blockBytesMax, sizeBytes) => {
      const wanted = requestOptions(options)
      const server = negotiate(
        { kind: 'read', filename: Uint8Array.of(0x78), mode: 'octet', options: wanted },
        {
          payloadBytesMax: 1472,
          windowBlocksMax: 64,
          isPauseGranted: true,
          ...(blockBytesMax !== undefined && { blockBytesMax }),
          ...(sizeBytes !== undefined && { sizeBytes }),
        },
      )
      const { sizeBytes: heardBytes, ...client } = readOack(wanted, server.acknowledged)
      assert.deepEqual(client, server)
      assert.equal(heardBytes, wanted.has('tsize') && sizeBytes ? sizeBytes : undefined)
    }),
  )
})
