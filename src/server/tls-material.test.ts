import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { TlsConfig } from '../config/site.ts'
import { makeCertificate, withoutOpenssl } from '../testing/certificates.ts'
import { type TemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts'
import { readTlsMaterial, TlsFileError } from './tls-material.ts'
import { keyModeWarning, validityWarning } from './tls-warnings.ts'

const run = promisify(execFile)
const skip = await withoutOpenssl()

let folder: TemporaryFolder

before(async () => {
  folder = await temporaryFolder()
  if (skip !== false) return
  await makeCertificate(folder.path, 'ca', { subject: '/CN=ca' })
  const names = { alternativeNames: 'IP:127.0.0.1', signer: 'ca' }
  await makeCertificate(folder.path, 'own', { subject: '/CN=own', ...names })
  await makeCertificate(folder.path, 'other', { subject: '/CN=other', ...names })
  await run('openssl', [
    'pkey',
    '-in',
    at('own.key'),
    '-aes128',
    '-passout',
    'pass:x',
    '-out',
    at('locked.key'),
  ])
  await run('openssl', ['x509', '-in', at('own.pem'), '-outform', 'der', '-out', at('own.der')])
  const rsa = ['-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=weak', '-keyout', at('weak.key')]
  await run('openssl', ['req', '-x509', ...rsa, '-out', at('weak.pem')])
  const own = await readFile(at('own.pem'), 'utf8')
  const ca = await readFile(at('ca.pem'), 'utf8')
  await writeFile(at('chain.pem'), `${own}${ca}`)
  await writeFile(at('turned.pem'), `${ca}${own}`)
  await writeFile(at('half.pem'), own.slice(0, 300))
  await writeFile(at('empty.pem'), '')
  await writeFile(at('broken.pem'), own.replace(/\nM.{8}/, '\nAAAAAAAAA'))
})

after(() => folder[Symbol.asyncDispose]())

function at(name: string): string {
  return join(folder.path, name)
}

function config(certificate: string, key: string, more: Partial<TlsConfig> = {}): TlsConfig {
  return {
    certificateFile: at(certificate),
    keyFile: at(key),
    clientCaFile: undefined,
    clientCertificates: 'none',
    minVersion: 'TLSv1.2',
    ...more,
  }
}

test('readTlsMaterial reads a certificate, with those of its signers or without', {
  skip,
}, async () => {
  for (const file of ['own.pem', 'chain.pem']) {
    const { certificate } = await readTlsMaterial(config(file, 'own.key'))
    assert.equal(certificate.subject, 'CN=own')
  }
})

test('readTlsMaterial believes no device while nobody is named who signs', { skip }, async () => {
  const { context } = await readTlsMaterial(config('own.pem', 'own.key'))
  assert.deepEqual(context.ca, [])
  const asking = config('own.pem', 'own.key', { clientCaFile: at('ca.pem') })
  assert.equal(
    (await readTlsMaterial(asking)).context.ca,
    (await readFile(at('ca.pem'), 'utf8')).trim(),
  )
})

const wrong: readonly (readonly [string, string, TlsFileError['key'], RegExp])[] = [
  ['none.pem', 'own.key', 'certificateFile', /^Cannot read .*none\.pem: there is no such file$/],
  ['own.pem', 'none.key', 'keyFile', /^Cannot read .*none\.key: there is no such file$/],
  ['own.pem', '.', 'keyFile', /: it is a folder$/],
  ['own.pem', 'other.key', 'keyFile', /^The key in .*other\.key does not belong to .*own\.pem$/],
  ['turned.pem', 'own.key', 'certificateFile', /^Wrong order in .*turned\.pem: .*to number 2$/],
  ['own.pem', 'locked.key', 'keyFile', /is encrypted; decrypt it: openssl pkey -in .*locked\.key/],
  ['own.der', 'own.key', 'certificateFile', /-inform der -in .*own\.der/],
  ['half.pem', 'own.key', 'certificateFile', /^No certificate is in .*half\.pem: it is cut off$/],
  ['empty.pem', 'own.key', 'certificateFile', /it is empty$/],
  ['own.key', 'own.key', 'certificateFile', /: it holds a (?:ec )?private key$/],
  ['own.pem', 'own.pem', 'keyFile', /^No private key is in .*: it holds a certificate$/],
  ['broken.pem', 'own.key', 'certificateFile', /^The certificate in .*broken\.pem cannot be read/],
  ['weak.pem', 'weak.key', 'certificateFile', /2048 bits of RSA are needed; only minVersion TLSv1/],
]

for (const [certificate, key, at, message] of wrong) {
  test(`readTlsMaterial says what is wrong with ${certificate} and ${key}`, { skip }, async () => {
    await assert.rejects(readTlsMaterial(config(certificate, key)), (error) => {
      assert.ok(error instanceof TlsFileError)
      assert.match(error.message, message)
      assert.equal(error.key, at)
      return true
    })
  })
}

test('readTlsMaterial allows what is weak with an old TLS', { skip }, async () => {
  const old = config('weak.pem', 'weak.key', { minVersion: 'TLSv1' })
  assert.equal((await readTlsMaterial(old)).certificate.subject, 'CN=weak')
})

test('validityWarning warns two weeks before the end, after it, and before the begin', () => {
  const certificate = { validFrom: 'Jan  1 00:00:00 2026 GMT', validTo: 'Mar 31 12:00:00 2026 GMT' }
  const said = (day: string): string | undefined =>
    validityWarning({ certificateFile: 'a.pem' }, certificate, Date.parse(`${day}T00:00:00Z`))
  assert.equal(said('2026-03-01'), undefined)
  assert.equal(said('2026-03-20'), 'the certificate in a.pem ends on 2026-03-31: renew it')
  assert.equal(said('2026-04-01'), 'the certificate in a.pem has ended on 2026-03-31: renew it')
  assert.match(
    said('2025-12-31') ?? '',
    /^the certificate in a\.pem counts only from 2026-01-01 on/,
  )
})

test('keyModeWarning warns of a key that everybody can read', { skip }, async () => {
  await copyFile(at('own.key'), at('open.key'))
  await chmod(at('open.key'), 0o644)
  assert.match((await keyModeWarning({ keyFile: at('open.key') })) ?? '', /chmod 0600$/)
  await chmod(at('open.key'), 0o640)
  assert.equal(await keyModeWarning({ keyFile: at('open.key') }), undefined)
})
