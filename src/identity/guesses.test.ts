import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kindOfName } from './kind-of-name.ts'
import { vendorOfMac } from './vendor-of-mac.ts'

test('vendorOfMac knows who made a device by the longest prefix that fits', async () => {
  assert.match((await vendorOfMac('00:00:0c:11:22:33')) ?? '', /^Cisco/)
  assert.match((await vendorOfMac('00:0b:82:11:22:33')) ?? '', /Grandstream/i)
  assert.match((await vendorOfMac('b8:27:eb:11:22:33')) ?? '', /^Raspberry Pi/)
  assert.notEqual(await vendorOfMac('00:50:c2:00:10:00'), undefined)
})

test('vendorOfMac knows nothing of a MAC that was made up', async () => {
  assert.equal(await vendorOfMac('02:00:0c:11:22:33'), undefined)
  assert.equal(await vendorOfMac('ff:ff:ff:ff:ff:ff'), undefined)
})

const kinds: readonly [string, string | undefined][] = [
  ['/SEP001122334455.cnf.xml', 'Cisco phone'],
  ['/phones/CTLSEP001122334455.tlv', 'Cisco phone'],
  ['/cfg001122334455.xml', 'Grandstream phone'],
  ['/cfg001122334455', 'Grandstream phone'],
  ['/001122334455.boot', 'Yealink phone'],
  ['/y000000000065.cfg', 'Yealink phone'],
  ['/001122334455-phone.cfg', 'Poly phone'],
  ['/001122334455.cfg', 'phone (Poly, Yealink or another)'],
  ['/snom320-001122334455.htm', 'Snom phone'],
  ['/pxelinux.cfg/01-00-11-22-33-44-55', 'PXE client'],
  ['/EFI/debian/grub.cfg-01-00-11-22-33-44-55', 'PXE client with GRUB'],
  ['/readme.txt', undefined],
]
for (const [path, kind] of kinds) {
  test(`kindOfName takes ${path} for ${kind ?? 'nothing'}`, () => {
    assert.equal(kindOfName(path), kind)
  })
}
