import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writtenFolder } from '../testing/written-folder.ts'
import { siteMessages } from '../testing/site-messages.ts'
import { loadSite } from './load.ts'

const route = 'routes: [{ match: /a, static: . }]\n'

test('tlsFromInput asks devices for a certificate where it is said who signs', async () => {
  const pair = 'certificateFile: a.pem, keyFile: /keys/a.key'
  const written = [pair, `${pair}, clientCaFile: ca.pem`, `${pair}, clientCertificates: none`]
  const found = written.map(async (text) => {
    await using folder = await writtenFolder({ 'trivet.yaml': `tls: { ${text} }\n${route}` })
    const { tls } = (await loadSite(folder.path)).site
    assert.equal(tls?.certificateFile, `${folder.path}/a.pem`)
    return [tls?.keyFile, tls?.clientCertificates, tls?.minVersion]
  })
  assert.deepEqual(await Promise.all(found), [
    ['/keys/a.key', 'none', 'TLSv1.2'],
    ['/keys/a.key', 'optional', 'TLSv1.2'],
    ['/keys/a.key', 'none', 'TLSv1.2'],
  ])
})

const wrong: readonly (readonly [string, string, RegExp])[] = [
  ['a listener without a certificate', 'listen: { https: 8443 }', /listen\.https: needs `tls`/],
  [
    'certificates that nobody signs',
    'tls: { certificateFile: a, keyFile: b, clientCertificates: required }',
    /tls\.clientCertificates: found "required" without `clientCaFile`/,
  ],
  [
    'secrets for certificates of which nobody asks',
    'secrets: { certificates: true }\ntls: { certificateFile: a, keyFile: b }',
    /secrets\.certificates: found true, but no device is asked/,
  ],
  [
    'secrets for certificates that tell nothing',
    'secrets: { certificates: true }\nidentity: { order: [path] }\ntls: { certificateFile: a, keyFile: b, clientCaFile: c }',
    /secrets\.certificates: found true, but `identity\.order` leaves out/,
  ],
  [
    'an address that is none',
    'listen: { https: here }',
    /listen\.https: found "here", expected an/,
  ],
  ['a version of SSL', 'tls: { certificateFile: a, keyFile: b, minVersion: SSLv3 }', /TLSv1\.2/],
]

for (const [what, text, message] of wrong) {
  test(`siteFromInput finds ${what}`, async () => {
    assert.match((await siteMessages({ 'trivet.yaml': `${text}\n${route}` })).join('\n'), message)
  })
}
