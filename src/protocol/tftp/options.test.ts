import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'

import { type NegotiationLimits, negotiate, wireOptionNames } from './options.ts'
import type { TftpRequest } from './server-events.ts'

const ethernet: NegotiationLimits = { payloadBytesMax: 1472, windowBlocksMax: 64 }

function asks(kind: TftpRequest['kind'], options: Readonly<Record<string, string>>): TftpRequest {
  return {
    kind,
    filename: Uint8Array.of(0x78),
    mode: 'octet',
    options: new Map(Object.entries(options)),
  }
}

/** What is acknowledged, as `name=value`, in order. */
function granted(
  options: Readonly<Record<string, string>>,
  limits: Partial<NegotiationLimits> & { kind?: TftpRequest['kind'] } = {},
): string {
  const { kind = 'read', ...rest } = limits
  const { acknowledged } = negotiate(asks(kind, options), { ...ethernet, ...rest })
  return [...acknowledged].map((pair) => pair.join('=')).join(' ')
}

test('negotiate without options leaves what RFC 1350 says', () => {
  assert.deepEqual(negotiate(asks('read', {}), { ...ethernet, sizeBytes: 10 }), {
    acknowledged: new Map(),
    blockBytes: 512,
    windowBlocks: 1,
    rolloverTo: 0,
  })
})

test('negotiate acknowledges in the order asked', () => {
  const asked = { windowsize: '4', tsize: '0', rollover: '0', blksize: '1400', timeout: '6' }
  assert.equal(
    granted(asked, { sizeBytes: 33 }),
    'windowsize=4 tsize=33 rollover=0 blksize=1400 timeout=6',
  )
})

test('negotiate leaves unknown options out, whatever their name', () => {
  const asked = { multicast: '', pause: '5', constructor: '1', toString: '1', blksize: '512' }
  assert.equal(granted(asked), 'blksize=512')
  assert.equal(granted({ multicast: '' }), '')
})

test('negotiate clamps blksize to range, path and cap, and always acknowledges it', () => {
  const table: readonly [string, Partial<NegotiationLimits>, string][] = [
    ['8', {}, '8'],
    ['512', {}, '512'],
    ['1468', {}, '1468'],
    ['1469', {}, '1468'],
    ['65464', { payloadBytesMax: 65_507 }, '65464'],
    ['65465', { payloadBytesMax: 65_507 }, '65464'],
    ['65464', { payloadBytesMax: 65_000 }, '64996'],
    ['99999999999999999999', {}, '1468'],
    ['1428', { blockBytesMax: 256 }, '256'],
    ['1428', { blockBytesMax: 9000 }, '1428'],
    ['1428', { payloadBytesMax: 5 }, '8'],
    ['0512', {}, '512'],
  ]
  for (const [asked, limits, answer] of table) {
    assert.equal(granted({ blksize: asked }, limits), `blksize=${answer}`, asked)
    const { blockBytes } = negotiate(asks('read', { blksize: asked }), { ...ethernet, ...limits })
    assert.equal(String(blockBytes), answer)
  }
})

test('negotiate takes for numbers only decimal digits, at most twenty', () => {
  const digits = [
    '',
    ' 512',
    '512 ',
    '+512',
    '-512',
    '0x200',
    '5e2',
    '512.0',
    '٥١٢',
    '1'.repeat(21),
  ]
  for (const name of wireOptionNames) {
    for (const value of digits) {
      const asked = { [name]: value }
      assert.equal(granted(asked, { sizeBytes: 5 }), '', `${name}=${JSON.stringify(value)}`)
      assert.equal(granted(asked, { kind: 'write' }), '', `${name}=${JSON.stringify(value)}`)
    }
  }
})

test('negotiate leaves values below the range out', () => {
  const table = { blksize: '7', blksize2: '7', timeout: '0', utimeout: '9999', windowsize: '0' }
  for (const [name, value] of Object.entries(table)) assert.equal(granted({ [name]: value }), '')
})

test('negotiate answers blksize2 with a power of two', () => {
  const table: readonly [string, number, string][] = [
    ['8', 1472, '8'],
    ['1023', 1472, '512'],
    ['1024', 1472, '1024'],
    ['65464', 1472, '1024'],
    ['65464', 65_507, '32768'],
    ['1024', 1027, '512'],
  ]
  for (const [asked, payloadBytesMax, answer] of table) {
    assert.equal(granted({ blksize2: asked }, { payloadBytesMax }), `blksize2=${answer}`)
  }
})

test('negotiate grants the first valid of blksize and blksize2', () => {
  assert.equal(granted({ blksize: '1000', blksize2: '1024' }), 'blksize=1000')
  assert.equal(granted({ blksize2: '1024', blksize: '1000' }), 'blksize2=1024')
  assert.equal(granted({ blksize: 'x', blksize2: '1024' }), 'blksize2=1024')
})

test('negotiate echoes timeout, utimeout and rollover exactly or leaves them out', () => {
  const table: readonly [string, string, boolean][] = [
    ['timeout', '1', true],
    ['timeout', '255', true],
    ['timeout', '005', true],
    ['timeout', '256', false],
    ['utimeout', '10000', true],
    ['utimeout', '0255000000', true],
    ['utimeout', '255000001', false],
    ['rollover', '0', true],
    ['rollover', '1', true],
    ['rollover', '01', false],
    ['rollover', '2', false],
  ]
  for (const [name, value, isEchoed] of table) {
    assert.equal(granted({ [name]: value }), isEchoed ? `${name}=${value}` : '', `${name}=${value}`)
  }
})

test('negotiate keeps the rest when a client asks for a timeout in milliseconds', () => {
  const asked = { blksize: '1468', timeout: '3000', windowsize: '4', rollover: '0', tsize: '0' }
  assert.equal(granted(asked, { sizeBytes: 9 }), 'blksize=1468 windowsize=4 rollover=0 tsize=9')
  assert.equal(negotiate(asks('read', asked), ethernet).retryMs, undefined)
})

test('negotiate takes retryMs from utimeout before timeout', () => {
  const retryMs = (options: Record<string, string>) =>
    negotiate(asks('read', options), ethernet).retryMs
  assert.equal(retryMs({ timeout: '5' }), 5000)
  assert.equal(retryMs({ utimeout: '10500' }), 10.5)
  assert.equal(retryMs({ timeout: '5', utimeout: '250000' }), 250)
  assert.equal(retryMs({ utimeout: '250000', timeout: '5' }), 250)
  assert.equal(retryMs({ utimeout: '1', timeout: '5' }), 5000)
})

test('negotiate answers tsize of a read with the size, when there is one', () => {
  assert.equal(granted({ tsize: '0' }, { sizeBytes: 34_603_008 }), 'tsize=34603008')
  assert.equal(granted({ tsize: '7' }, { sizeBytes: 33 }), 'tsize=33')
  assert.equal(granted({ tsize: '0' }), '')
  assert.equal(granted({ tsize: '0', blksize: '1432' }, { sizeBytes: 0 }), 'blksize=1432')
})

test('negotiate echoes tsize of a write and hands it on', () => {
  const table: readonly [string, string, number | undefined][] = [
    ['0', 'tsize=0', 0],
    ['00033', 'tsize=33', 33],
    ['9007199254740991', 'tsize=9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', '', undefined],
    ['18446744073709551615', '', undefined],
  ]
  for (const [asked, answer, uploadBytes] of table) {
    assert.equal(granted({ tsize: asked }, { kind: 'write', sizeBytes: 1 }), answer)
    assert.equal(negotiate(asks('write', { tsize: asked }), ethernet).uploadBytes, uploadBytes)
  }
})

test('negotiate clamps windowsize', () => {
  assert.equal(granted({ windowsize: '1' }), 'windowsize=1')
  assert.equal(granted({ windowsize: '064' }), 'windowsize=64')
  assert.equal(granted({ windowsize: '65' }), 'windowsize=64')
  assert.equal(granted({ windowsize: '70000' }), 'windowsize=64')
  assert.equal(granted({ windowsize: '16' }, { windowBlocksMax: 1 }), 'windowsize=1')
  assert.equal(negotiate(asks('read', { windowsize: '9' }), ethernet).windowBlocks, 9)
})

test('negotiate sets rolloverTo', () => {
  assert.equal(negotiate(asks('read', { rollover: '1' }), ethernet).rolloverTo, 1)
  assert.equal(negotiate(asks('read', { rollover: '0' }), ethernet).rolloverTo, 0)
})

test('negotiate echoes pause exactly in a read, where it is granted', () => {
  const isPauseGranted = true
  assert.equal(granted({ pause: '60' }), '')
  assert.equal(granted({ pause: '60' }, { isPauseGranted: false }), '')
  assert.equal(granted({ pause: '60' }, { isPauseGranted, kind: 'write' }), '')
  for (const [value, isEchoed] of [
    ['0', false],
    ['1', true],
    ['0060', true],
    ['3600', true],
    ['3601', false],
    ['1.5', false],
    ['-1', false],
    ['', false],
  ] as const) {
    assert.equal(granted({ pause: value }, { isPauseGranted }), isEchoed ? `pause=${value}` : '')
  }
  const all = { pause: '60', tsize: '0', blksize: '1428', windowsize: '8', timeout: '2' }
  assert.equal(
    granted(all, { isPauseGranted, sizeBytes: 9 }),
    'pause=60 tsize=9 blksize=1428 windowsize=8 timeout=2',
  )
})

test('negotiate acknowledges only what was asked, in order, and stays within its limits', () => {
  const names = fc.oneof(fc.constantFrom(...wireOptionNames), fc.string({ maxLength: 4 }))
  const values = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String), fc.nat().map(String))
  const options = fc.array(fc.tuple(names, values)).map((pairs) => new Map(pairs))
  const limits = fc.record({
    payloadBytesMax: fc.integer({ min: 12, max: 65_507 }),
    windowBlocksMax: fc.integer({ min: 1, max: 64 }),
    sizeBytes: fc.nat(),
    isPauseGranted: fc.boolean(),
  })
  fc.assert(
    fc.property(options, limits, fc.constantFrom('read', 'write'), (options, limits, kind) => {
      const { acknowledged, ...agreed } = negotiate({ ...asks(kind, {}), options }, limits)
      const asked = [...options.keys()].filter((name) => acknowledged.has(name))
      assert.deepEqual([...acknowledged.keys()], asked)
      const hasBlock = acknowledged.has('blksize') || acknowledged.has('blksize2')
      assert.ok(agreed.blockBytes >= 8 && agreed.blockBytes <= 65_464)
      assert.ok(
        hasBlock ? agreed.blockBytes + 4 <= limits.payloadBytesMax : agreed.blockBytes === 512,
      )
      assert.ok(agreed.windowBlocks >= 1 && agreed.windowBlocks <= limits.windowBlocksMax)
      assert.ok(agreed.retryMs === undefined || (agreed.retryMs >= 10 && agreed.retryMs <= 255_000))
    }),
  )
})
