import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeSettings } from './decode-settings.ts'
import { encodeSettings } from './encode-settings.ts'
import type { Setting } from './setting.ts'
import { fileSettings } from './settings.ts'
import { encodeTlvs, type Tlv } from './tlv.ts'

// Goal: what a file is read as becomes the same file again. Method: bytes of any kind under the
// numbers of the tables, and nested ones that the tables describe.

/** Types with SNMP in them, where lengths may be written in more than one way. */
const LENIENT: ReadonlySet<number> = new Set([10, 11, 38, 54])

const types = fileSettings.map(({ type }) => type).filter((type) => !LENIENT.has(type))

/** What may stand inside a setting: mostly its own settings, at times bytes that fit nothing. */
function valueOf(setting: Setting | undefined, depth = 0): fc.Arbitrary<Uint8Array> {
  const anything = fc.uint8Array({ maxLength: depth === 0 ? 255 : 12 })
  if (setting?.holds.form !== 'settings' || depth > 2) return anything
  const { settings, prefix = new Uint8Array() } = setting.holds
  const inner = fc.array(
    fc.constantFrom(...settings).chain((one) => {
      return valueOf(one, depth + 1).map((value) => ({ type: one.type, value }))
    }),
    { maxLength: 6 },
  )
  const nested = inner
    .map((tlvs) => Uint8Array.from([...prefix, ...encodeTlvs(tlvs)]))
    .filter(({ length }) => length <= 255)
  return fc.oneof({ weight: 4, arbitrary: nested }, { weight: 1, arbitrary: anything })
}

const tlvs: fc.Arbitrary<Tlv[]> = fc.array(
  fc.oneof(
    fc.constantFrom(...types).chain((type) => {
      const setting = fileSettings.find((one) => one.type === type)
      return valueOf(setting).map((value) => ({ type, value }))
    }),
    fc.record({ type: fc.constantFrom(100, 200, 254), value: fc.uint8Array({ maxLength: 255 }) }),
  ),
  { maxLength: 12 },
)

test('encodeSettings makes the same bytes of what decodeSettings reads', () => {
  fc.assert(
    fc.property(tlvs, (all) => {
      const { tlvs: again, problems } = encodeSettings(decodeSettings(all))
      assert.deepEqual(problems, [])
      assert.deepEqual(encodeTlvs(again), encodeTlvs(all))
    }),
    { numRuns: 500 },
  )
})

test('decodeSettings reads any bytes under any type without an error', () => {
  const any = fc.array(
    fc.record({
      type: fc.integer({ min: 1, max: 254 }),
      value: fc.uint8Array({ maxLength: 255 }),
    }),
  )
  fc.assert(
    fc.property(any, (all) => {
      assert.deepEqual(encodeSettings(decodeSettings(all)).problems, [])
    }),
  )
})

test('encodeSettings tells of whatever is written without an error', () => {
  const names = fc.constantFrom(...fileSettings.map(({ name }) => name), 'Generic', 'Nonsense')
  const block = fc.dictionary(names, fc.anything({ maxDepth: 3 }))
  fc.assert(fc.property(fc.oneof(block, fc.array(block), fc.anything()), encodes))
})

function encodes(value: unknown): void {
  const { tlvs: made, problems } = encodeSettings(value)
  assert.ok(Array.isArray(made) && Array.isArray(problems))
  assert.ok(made.every((one) => one.value.length <= 255))
}

const onlyType = (value: unknown): number[] => encodeSettings(value).tlvs.map(({ type }) => type)

test('encodeSettings keeps the order in which settings are written', () => {
  assert.deepEqual(onlyType({ MaxCPE: 1, NetworkAccess: true, UpstreamChannelId: 1 }), [18, 3, 2])
  assert.deepEqual(onlyType([{ MaxCPE: 1 }, { NetworkAccess: true }, { MaxCPE: 2 }]), [18, 3, 18])
})

test('decodeSettings gives a map where the order allows it, else a list of maps', () => {
  const flag = Uint8Array.of(1)
  const [one, other] = [3, 18].map((type) => ({ type, value: flag }))
  assert.ok(one !== undefined && other !== undefined)
  assert.deepEqual(decodeSettings([one, other]), { NetworkAccess: true, MaxCPE: 1 })
  assert.deepEqual(decodeSettings([other, one, other]), [
    { MaxCPE: 1, NetworkAccess: true },
    { MaxCPE: 1 },
  ])
})

test('decodeSettings shows what has no name, or does not fit it, in hex', () => {
  const wrong = [
    { type: 202, value: Uint8Array.of(1, 2) },
    { type: 18, value: Uint8Array.of(255) },
    { type: 3, value: Uint8Array.of(1, 1) },
  ]
  assert.deepEqual(decodeSettings(wrong), {
    Generic: [
      { type: 202, hex: '0x0102' },
      { type: 18, hex: '0xff' },
      { type: 3, hex: '0x0101' },
    ],
  })
})

test('encodeSettings splits what is too long for one TLV into pieces of 254 bytes', () => {
  const hex = `0x${'ab'.repeat(600)}`
  const { tlvs: made } = encodeSettings({ ManufacturerCvc: hex })
  assert.deepEqual(
    made.map(({ type, value }) => [type, value.length]),
    [
      [32, 254],
      [32, 254],
      [32, 92],
    ],
  )
  assert.deepEqual(decodeSettings(made), { ManufacturerCvc: hex })
})

test('encodeSettings makes no settings of an empty list', () => {
  assert.deepEqual(encodeSettings({ SnmpMib: [], UsServiceFlow: [], CpeMacAddress: [] }), {
    tlvs: [],
    problems: [],
  })
})

for (const [settings, path, message] of [
  [
    { MaxCPE: 255 },
    'MaxCPE',
    'found 255, expected a whole number from 1 to 254 (TLV 18, MULPI C.1.1.7)',
  ],
  [
    { UsServiceFlow: [{}, { TrafficPriority: 9 }] },
    'UsServiceFlow.1.TrafficPriority',
    'found 9, expected a whole number from 0 to 7 (TLV 7, MULPI C.2.2.7.1)',
  ],
  [
    { NetworkAccess: 'yes' },
    'NetworkAccess',
    'found "yes", expected true or false (TLV 3, MULPI C.1.1.3)',
  ],
  [
    { NetworkAccess: null },
    'NetworkAccess',
    'found nothing, expected true or false (TLV 3, MULPI C.1.1.3)',
  ],
  [
    { ProvisionedAddress: '10.0.0.256' },
    'ProvisionedAddress',
    'found "10.0.0.256", expected an IPv4 address (TLV 20, MULPI C.1.1.9)',
  ],
  [
    { BaselinePrivacy: { AuthorizeWaitTimeout: 31 } },
    'BaselinePrivacy.AuthorizeWaitTimeout',
    'found 31, expected a whole number from 1 to 30 (TLV 1, SEC A.1.1.1.1)',
  ],
  [
    { Generic: { type: 7, hex: '00' } },
    'Generic',
    'found type 7, a message integrity check: it is computed',
  ],
  [{ UsServiceFlow: 1 }, 'UsServiceFlow', 'found 1, expected settings: names and their values'],
  [
    { VendorSpecific: { Generic: { type: 1, hex: '00' } } },
    'VendorSpecific',
    'VendorId must come first',
  ],
  [
    { UsServiceFlow: { Generic: [{ type: 200, hex: 'ab'.repeat(255) }] } },
    'UsServiceFlow',
    'has 257 bytes, at most 255 are allowed',
  ],
] as const) {
  test(`encodeSettings refuses ${JSON.stringify(settings).slice(0, 60)}`, () => {
    const { problems } = encodeSettings(settings)
    assert.deepEqual(
      problems.map((one) => [one.path.join('.'), one.message]),
      [[path, message]],
    )
  })
}

test('encodeSettings names what is allowed beside an unknown setting', () => {
  const [problem] = encodeSettings({ BaselinePrivacy: { Rekey: 1 } }).problems
  assert.equal(problem?.message, 'found the unknown setting "Rekey"')
  assert.ok(problem.names?.includes('RekeyWaitTimeout') && !problem.names.includes('MaxCPE'))
})

test('fileSettings and what they hold have no name and no number twice', () => {
  const check = (settings: readonly Setting[]): void => {
    const names = settings.map(({ name }) => name)
    assert.equal(new Set(names).size, names.length)
    const numbers = settings.map(({ type }) => type).filter((type) => type !== 43)
    assert.equal(new Set(numbers).size, numbers.length)
    for (const { holds } of settings) if (holds.form === 'settings') check(holds.settings)
  }
  check(fileSettings)
})
