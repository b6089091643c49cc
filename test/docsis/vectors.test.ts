import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { docsisContent } from '../../src/server/docsis-content.ts'
import { docsisDigests, docsisFile, signedDocsisFile } from '../../src/server/docsis-file.ts'
import { docsisSettings } from '../../src/server/docsis-settings.ts'
import { temporaryFolder } from '../../src/testing/temporary-folder.ts'

// Goal: a modem and its CMTS find in our bytes what they find in those of encoders in use. Method:
// files that two of them made of the same settings (vectors/README.md), byte for byte.

const folder = join(import.meta.dirname, 'vectors')
const secret = Buffer.from('swordfish')
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.hex'))
  .map((name) => name.slice(0, -'.hex'.length))

const fileOf = (name: string, extension: string): string =>
  readFileSync(join(folder, `${name}${extension}`), 'utf8')
const bytesOf = (name: string): Buffer =>
  Buffer.from(fileOf(name, '.hex').replaceAll(/\s/g, ''), 'hex')

test('there are vectors', () => assert.ok(names.length >= 5))

for (const name of names) {
  test(`docsisFile makes the bytes of another encoder: ${name}`, () => {
    const made = docsisFile(fileOf(name, '.yaml'), { path: name, secret })
    assert.equal(Buffer.from(made).toString('hex'), bytesOf(name).toString('hex'))
  })

  test(`docsisContent finds both checks of ${name} right, and its settings`, () => {
    const { settings, ...rest } = docsisContent(bytesOf(name), secret)
    assert.deepEqual(rest, { cmMic: 'right', cmtsMic: 'right', isEnded: true, strayBytes: 0 })
    const again = signedDocsisFile(docsisSettings(stringify(settings), name), secret)
    assert.deepEqual(Buffer.from(again), bytesOf(name))
    assert.ok((stringify(settings).match(/Generic/g) ?? []).length <= 1)
  })

  test(`docsisContent finds every changed byte of ${name}`, () => {
    const right = bytesOf(name)
    const end = right.lastIndexOf(0xff)
    for (let index = 0; index < end; index += 1) {
      const changed = Buffer.from(right)
      changed[index] = (changed[index] ?? 0) ^ 0x01
      assert.ok(!isRight(changed), `byte ${index}`)
    }
  })
}

function isRight(bytes: Uint8Array): boolean {
  try {
    const { cmMic, cmtsMic } = docsisContent(bytes, secret)
    return cmMic === 'right' && cmtsMic === 'right'
  } catch {
    return false
  }
}

test('docsisContent tells a wrong secret by the check of the CMTS alone', () => {
  const { cmMic, cmtsMic } = docsisContent(bytesOf('docsis-1.1'), Buffer.from('Swordfish'))
  assert.deepEqual([cmMic, cmtsMic], ['right', 'wrong'])
  assert.equal(docsisContent(bytesOf('docsis-1.1')).cmtsMic, 'unchecked')
})

// RFC 1321 appendix A.5 and RFC 2202 §2.
test('docsisDigests are MD5 and HMAC-MD5', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  const { md5, hmacMd5 } = docsisDigests(Buffer.from('Jefe'))
  assert.equal(hex(md5(Buffer.from('abc'))), '900150983cd24fb0d6963f7d28e17f72')
  assert.equal(
    hex(hmacMd5(Buffer.from('what do ya want for nothing?'))),
    '750c783e6ab0b503eaa86e310a5db738',
  )
})

test('the checks of a file are what a few lines with nothing of this codec compute', () => {
  const file = bytesOf('docsis-3.0')
  const tlvs: Buffer[] = []
  for (let at = 0; file[at] !== 255; at += 2 + (file[at + 1] ?? 0)) {
    tlvs.push(file.subarray(at, at + 2 + (file[at + 1] ?? 0)))
  }
  const settings = tlvs.slice(0, -2)
  const [cmMic, cmtsMic] = tlvs.slice(-2)
  assert.deepEqual(cmMic?.subarray(2), createHash('md5').update(Buffer.concat(settings)).digest())
  // Of this file the listed types in their order: 3, 43, 6, 19, 20, 24, 25.
  const listed = [3, 43, 6, 19, 20, 24, 25].flatMap((type) => tlvs.filter(([one]) => one === type))
  const expected = createHmac('md5', secret).update(Buffer.concat(listed)).digest()
  assert.deepEqual(cmtsMic?.subarray(2), expected)
})

const encoder = process.env['TRIVET_DOCSIS_ENCODER'] ?? '/usr/bin/docsis'
// Its bytes are recorded; no distribution has a package of it, so it is asked only where it is.
const asked = existsSync(encoder) ? names : []

for (const name of asked.filter((one) => existsSync(join(folder, `${one}.conf`)))) {
  test(`the other encoder still makes these bytes: ${name}`, async () => {
    await using temporary = await temporaryFolder()
    const key = join(temporary.path, 'key')
    const made = join(temporary.path, 'modem.cm')
    await writeFile(key, secret)
    const { status, stderr } = spawnSync(encoder, ['-e', join(folder, `${name}.conf`), key, made], {
      encoding: 'utf8',
      env: { MIBS: '' },
    })
    assert.equal(status, 0, stderr)
    assert.deepEqual(await readFile(made), bytesOf(name))
  })
}
