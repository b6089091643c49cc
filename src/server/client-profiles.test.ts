import assert from 'node:assert/strict'
import { test } from 'node:test'
import { profileFinder } from './client-profiles.ts'

test('profileFinder gives the first profile whose addresses fit', () => {
  const find = profileFinder([
    { addresses: ['10.1.0.7', '2001:db8::/32'], profile: 'grub' },
    { addresses: ['10.1.0.0/16'], profile: 'busybox' },
  ])
  assert.equal(find('10.1.0.7'), 'grub')
  assert.equal(find('10.1.255.1'), 'busybox')
  assert.equal(find('10.2.0.1'), undefined)
  assert.equal(find('2001:db8::1'), 'grub')
  assert.equal(find('2001:db9::1'), undefined)
})
