import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOnKnownWalk } from './known-walks.ts'

test('isOnKnownWalk knows what boot loaders try first, and not what they end with', () => {
  for (const name of [
    '/pxelinux.cfg/4c4c4544-0031-3310-8053-b4c04f515931',
    '/boot/pxelinux.cfg/01-52-54-00-12-34-56',
    '/pxelinux.cfg/0A00020F',
    '/pxelinux.cfg/0',
    '/pxelinux.cfg/default-arm-bcm283x-rpi',
    '/grub/grub.cfg-01-52-54-00-12-34-56',
    '/grub.cfg-0A0002',
    '/0A00020F.img',
  ]) {
    assert.equal(isOnKnownWalk(name), true, name)
  }
  for (const name of [
    '/pxelinux.cfg/default',
    '/grub.cfg',
    '/pxelinux.cfg/0A00020F0',
    '/boot.img',
    '/vmlinuz',
  ]) {
    assert.equal(isOnKnownWalk(name), false, name)
  }
})
