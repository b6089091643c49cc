import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { compilePattern } from './pattern.ts'
import { normaliseMac, type ParameterTypeName } from './parameter-types.ts'

/** What a type makes of a value; undefined when it does not match. */
function read(type: ParameterTypeName, value: string): string | undefined {
  return compilePattern(`/x{value:${type}}y`).match(`/x${value}y`)?.['value']
}

const values: readonly [ParameterTypeName, string, string | undefined][] = [
  ['mac', '00:11:22:AA:bb:cc', '00:11:22:aa:bb:cc'],
  ['mac', '00-11-22-AA-BB-CC', '00:11:22:aa:bb:cc'],
  ['mac', '00_11_22_aa_bb_cc', '00:11:22:aa:bb:cc'],
  ['mac', '0011.22AA.bbcc', '00:11:22:aa:bb:cc'],
  ['mac', '0011-22aa-bbcc', '00:11:22:aa:bb:cc'],
  ['mac', '001122-aabbcc', '00:11:22:aa:bb:cc'],
  ['mac', '001122AABBCC', '00:11:22:aa:bb:cc'],
  ['mac', '001122AABBC', undefined],
  ['mac', '001122AABBCCD', undefined],
  ['mac', '00:11:22:aa:bb', undefined],
  ['mac', '00:11:22:aa:bb:cg', undefined],
  ['mac', '0:11:22:aa:bb:cc', undefined],
  ['mac', '', undefined],
  ['ip', '10.0.0.7', '10.0.0.7'],
  ['ip', '255.255.255.255', '255.255.255.255'],
  ['ip', '10.0.0.256', undefined],
  ['ip', '10.0.0.07', undefined],
  ['ip', '10.0.0', undefined],
  ['ip', 'FE80::1', 'fe80::1'],
  ['ip', '::', '::'],
  ['ip', '2001:db8:0:0:0:0:0:1', '2001:db8::1'],
  ['ip', '::ffff:10.0.0.7', '10.0.0.7'],
  ['ip', '[fe80::1]', undefined],
  ['ip', '1::2::3', undefined],
  ['ip', 'fe80', undefined],
  ['ipHex', '0A000007', '10.0.0.7'],
  ['ipHex', 'c0a80101', '192.168.1.1'],
  ['ipHex', '0A00000', undefined],
  ['ipHex', '0A', undefined],
  ['ipHex', '0A0000070', undefined],
  ['ipHex', 'default1', undefined],
  ['uuid', '4C4C4544-0031-3310-8053-B4C04F515931', '4c4c4544-0031-3310-8053-b4c04f515931'],
  ['uuid', '4c4c4544003133108053b4c04f515931', '4c4c4544-0031-3310-8053-b4c04f515931'],
  ['uuid', '4c4c4544-0031-3310-8053', undefined],
  ['serial', 'FOC1234X5YZ', 'FOC1234X5YZ'],
  ['serial', 'a.b_c-9', 'a.b_c-9'],
  ['serial', 'a b', undefined],
  ['serial', '', undefined],
  ['name', 'Größe 1+2', 'Größe 1+2'],
  ['name', 'two\nlines', 'two\nlines'],
  ['name', 'a/b', undefined],
  ['name', '', undefined],
  ['path', 'a/b\nc/', 'a/b\nc/'],
  ['path', '', undefined],
]

describe('parameterTypes', () => {
  for (const [type, value, expected] of values) {
    const claim = expected === undefined ? 'is none' : `is ${JSON.stringify(expected)}`
    test(`{${type}}: ${JSON.stringify(value)} ${claim}`, () => {
      assert.equal(read(type, value), expected)
    })
  }
})

test('normaliseMac gives every spelling of an address the same form', () => {
  const separators = fc.constantFrom(':', '-', '.', '_', '')
  const spelling = fc.tuple(separators, fc.constantFrom(2, 4, 6), fc.boolean())
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), spelling, (octets, way) => {
      const [separator, digits, isUpper] = way
      const bare = Buffer.from(octets).toString('hex')
      const grouped = bare.match(new RegExp(`.{${digits}}`, 'g'))?.join(separator) ?? ''
      const spelled = isUpper ? grouped.toUpperCase() : grouped
      const expected = bare.match(/../g)?.join(':')
      assert.equal(normaliseMac(spelled), expected)
      if (separator !== '.' || digits !== 2) assert.equal(read('mac', spelled), expected)
    }),
  )
})
