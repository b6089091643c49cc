import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNetwork } from './network.ts'

test('isNetwork takes addresses and networks of both families, and nothing else', () => {
  for (const text of ['10.0.0.7', '10.1.0.0/16', '0.0.0.0/0', '::1', '2001:db8::/32']) {
    assert.equal(isNetwork(text), true, text)
  }
  for (const text of ['', '10.1', '10.1/16', '10.0.0.0/33', '10.0.0.0/', 'fe80::1%eth0', 'host']) {
    assert.equal(isNetwork(text), false, text)
  }
})
