import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServerProcess } from '../../src/testing/server-process.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: a client whose MAC a lease tells is served from its own folder, without an inventory.
// Method: a lease file of dnsmasq, and clients at several addresses of the loopback.

const files = {
  'trivet.yaml':
    'identity:\n  leases: [dnsmasq.leases]\n' +
    "routes:\n  - {match: '/{path...}', static: {folder: tftp, perClient: mac}}\n",
  'dnsmasq.leases': '4000000000 02:00:00:00:00:0A 127.1.0.1 * *\n',
  'tftp/boot.cfg': 'for all',
  'tftp/all.cfg': 'for all',
  'tftp/02-00-00-00-00-0a/boot.cfg': 'for one',
}

test('perClient serves a client from its own folder and from nowhere else', async () => {
  await using site = await writtenFolder(files)
  await using server = await startServerProcess(site.path)
  const asked = async (name: string, from: string): Promise<string> => {
    const { bytes, error } = await readByTftp(name, { port: server.tftp[0]?.port ?? 0, from })
    return error === undefined ? bytes.toString() : `ERROR ${error}`
  }
  assert.equal(await asked('boot.cfg', '127.1.0.1'), 'for one')
  assert.equal(await asked('all.cfg', '127.1.0.1'), 'ERROR 1')
  assert.equal(await asked('boot.cfg', '127.1.0.2'), 'for all')
})

test('explain knows whose folder it is', async () => {
  await using site = await writtenFolder(files)
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const rendered = (from: string): string => {
    const args = [main, 'explain', 'boot.cfg', '--site', site.path, '--from', from, '--render']
    return execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' })
  }
  assert.equal(rendered('127.1.0.1'), 'for one')
  assert.equal(rendered('127.1.0.2'), 'for all')
})
