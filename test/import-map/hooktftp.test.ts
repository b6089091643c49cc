import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { importMap } from '../../src/import-map/import-map.ts'
import { writeImportedSite } from '../../src/import-map/write-site.ts'
import { startServerProcess } from '../../src/testing/server-process.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'
import { askTftp } from './real-tftpd.ts'

// Goal: hooks of hooktftp make the files that they made. Method: a configuration with hooks of each
// type is imported and served; what hooktftp would answer is written down beside each name, by its
// documentation and source.

const options = { root: '/srv/tftp', hasAbsoluteNames: false, takesUploads: false }

const conf = `port: 6969
hooks:
  - type: http
    regexp: pxelinux.cfg\\/01-(([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2})
    template: ORIGIN/boot%20menus/$1
  - type: http
    regexp: ^ask/(\\w+)$
    template: ORIGIN/ask?who=$1&name=$0
  - type: http
    regexp: ^fixed$
    template: ORIGIN/fixed.txt
  - type: shell
    regexp: ^(?i)GEN/(.*)/(.*)$
    template: /bin/echo "-n" $2 "<$1>" 'a | b'\\' x$1*\\ $ # comment
  - type: shell
    regexp: ^who$
    template: printenv CLIENT_ADDR
  - type: file
    regexp: ^motd$
    template: FOLDER/etc/motd
  - type: file
    regexp: ^/?images/(.*)\\.(bin|img)$
    template: FOLDER/tftpboot/$2/$1
`

const files = { 'etc/motd': 'message', 'tftpboot/img/a/b': 'image', 'hook-1/x': 'nobody' }

const asked: readonly [string, RegExp][] = [
  ['pxelinux.cfg/01-00-11-22-aa-bb-cc', /^\/boot%20menus\/00-11-22-aa-bb-cc$/],
  ['/boot/pxelinux.cfg/01-00-11-22-aa-bb-cc', /^\/boot%20menus\/00-11-22-aa-bb-cc$/],
  ['ask/me', /^\/ask\?who=me&name=ask\/me$/],
  ['fixed', /^\/fixed.txt$/],
  ['fixed2', /^ERROR 1$/],
  ['gen/a b;$(id)/* c', /^\* c <a b;\$\(id\)> a \| b' xa b;\$\(id\)\* \$$/],
  ['who', /^127\.0\.0\.1:\d+\n$/],
  ['motd', /^message$/],
  ['/images/a/b.img', /^image$/],
  ['images/none.img', /^ERROR 1$/],
  ['hook-1/x', /^ERROR 1$/],
  ['hook-6/file', /^ERROR 1$/],
]

describe('importHooktftp', () => {
  test('makes the same files', async (t) => {
    const upstream = createServer(({ url }, response) => response.end(url))
    upstream.listen(0, '127.0.0.1')
    t.after(() => upstream.close())
    await once(upstream, 'listening')
    const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
    await using folder = await writtenFolder(files)
    const text = conf.replaceAll('ORIGIN', origin).replaceAll('FOLDER', folder.path)
    // Go has flags in the midst only for what follows; they stand at the beginning here.
    const imported = importMap(text.replace('^(?i)GEN', '(?i)^GEN'), 'hooktftp', options)
    assert.deepEqual(
      imported.notices.filter(({ isLost }) => isLost),
      [],
    )
    await writeFile(join(folder.path, 'trivet.yaml'), writeImportedSite(imported, 'imported'))
    await using server = await startServerProcess(folder.path)
    for (const [name, made] of asked) {
      const said = await askTftp(name, { port: server.tftp[0]?.port ?? 0 })
      assert.match('text' in said ? said.text : `ERROR ${said.error}`, made, name)
    }
  })

  const problems: readonly [string, string][] = [
    [`{type: shell, regexp: a, template: "x 'y"}`, "found ' without another in the command"],
    ['{type: shell, regexp: a, template: ""}', 'found no command'],
    ['{type: http, regexp: (a), template: "http://$1/"}', 'found the URL "http://$1/", whose host'],
    ['{type: file, regexp: a, template: /x/$1}', 'found $1, but the expression has no such group'],
    ['{type: ftp, regexp: a, template: x}', 'found the type "ftp", expected file, http or shell'],
    ['{type: file, template: x}', 'found no regexp'],
    ['{type: file, regexp: "(", template: x}', 'expected a regular expression: Unterminated group'],
    ['{type: file, regexp: a, template: /x, whitelist: [a]}', 'its whitelist is not carried over'],
    ['{type: http, regexp: a, template: "http://x/", urldecode: true}', 'urldecode: what is put'],
  ]
  for (const [hook, message] of problems) {
    test(`loses a hook: ${message}`, () => {
      const { notices } = importMap(`port: 69\nhooks:\n  - ${hook}\n`, 'hooktftp', options)
      const said = notices.filter(({ isLost }) => isLost)
      assert.equal(said[0]?.line, 3)
      assert.ok(said[0]?.message.startsWith(message), said[0]?.message)
    })
  }

  test('says where it listened', () => {
    const { site } = importMap('host: "::1"\nport: 70\nhooks: []\n', 'hooktftp', options)
    assert.deepEqual(site, { listen: { tftp: ['[::1]:70'] } })
  })

  test('says where YAML is broken', () => {
    const { notices } = importMap('port: 69\nhooks: [\n', 'hooktftp', options)
    assert.ok(notices.some(({ isLost }) => isLost))
  })
})
