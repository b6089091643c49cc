import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { normaliseAddress, normaliseMac, normaliseUuid } from './identifiers.ts'

test('normaliseMac takes every common spelling', () => {
  const spellings = [
    '00:11:22:aa:bb:cc',
    '00-11-22-AA-BB-CC',
    '0011.22aa.bbcc',
    '001122-AABBCC',
    '001122aabbcc',
  ]
  for (const text of spellings) assert.equal(normaliseMac(text), '00:11:22:aa:bb:cc')
})

test('normaliseMac takes nothing else', () => {
  const texts = ['', '00:11:22:aa:bb', '01-00-11-22-aa-bb-cc', '0:011:22:aa:bb:cc', '001122aabbcg']
  for (const text of texts) assert.equal(normaliseMac(text), undefined)
})

test('normaliseUuid writes dashes and lower case', () => {
  const uuid = '12345678-9abc-def0-1234-56789abcdef0'
  assert.equal(normaliseUuid('123456789ABCDEF0123456789ABCDEF0'), uuid)
  assert.equal(normaliseUuid(uuid.toUpperCase()), uuid)
  assert.equal(normaliseUuid(`{${uuid}}`), undefined)
})

test('normaliseAddress writes IPv6 as RFC 5952 does, and mapped IPv4 as IPv4', () => {
  const cases: readonly [string, string | undefined][] = [
    ['10.0.0.7', '10.0.0.7'],
    ['255.255.255.255', '255.255.255.255'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::FFFF:10.0.0.7', '10.0.0.7'],
    ['::', '::'],
    ['fe80::1%eth0', undefined],
    ['10.0.0.07', undefined],
    ['10.0.0', undefined],
    ['10.0.0.7.', undefined],
    ['10.0.0.256', undefined],
    ['0x0a.0.0.7', undefined],
    ['1::2::3', undefined],
    ['::1]/x[', undefined],
    ['', undefined],
  ]
  for (const [text, expected] of cases) assert.equal(normaliseAddress(text), expected, text)
})

test('normaliseAddress leaves what it wrote as it is, and never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const address = normaliseAddress(text)
      assert.ok(address !== undefined)
      assert.equal(normaliseAddress(address), address)
    }),
  )
  fc.assert(fc.property(fc.string(), (text) => void normaliseAddress(text)))
})
