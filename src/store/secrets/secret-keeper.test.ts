import assert from 'node:assert/strict'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../testing/temporary-folder.ts'
import { openStore } from '../open-store.ts'
import { SecretError } from './secret-error.ts'
import { formatSecretKey, newSecretKey } from './secret-key.ts'
import { SecretKeeper } from './secret-keeper.ts'

async function bench(environment: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder()
  const stateFolder = folder.path
  const store = await openStore({ stateFolder })
  const open = (other = environment): Promise<SecretKeeper> =>
    SecretKeeper.open(store.secrets, { stateFolder, environment: other })
  return {
    stateFolder,
    store,
    open,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function key(): string {
  return formatSecretKey(newSecretKey()).trim()
}

const wrong = (code: string) => (error: unknown) =>
  error instanceof SecretError && error.code === code && !/hunter2/.test(error.message)

test('SecretKeeper keeps secrets that only the key can read', async () => {
  await using site = await bench()
  const keeper = await site.open()
  await keeper.set('sip/4007', 'hunter2é', 1)
  assert.equal((await site.open()).reveal('sip/4007'), 'hunter2é')
  assert.equal((await stat(join(site.stateFolder, 'secret.key'))).mode & 0o777, 0o600)
  for (const file of await readdir(site.stateFolder)) {
    const bytes = await readFile(join(site.stateFolder, file))
    assert.equal(bytes.includes('hunter2'), false, file)
  }
})

test('SecretKeeper encrypts the same text differently each time', async () => {
  await using site = await bench()
  const keeper = await site.open()
  await keeper.set('a', 'hunter2', 1)
  await keeper.set('b', 'hunter2', 1)
  const [a, b] = await site.store.secrets.list()
  assert.notDeepEqual(a?.nonce, b?.nonce)
  assert.notDeepEqual(a?.ciphertext, b?.ciphertext)
})

test('SecretKeeper names both keys when the wrong one is there', async () => {
  await using site = await bench({ TRIVET_SECRET_KEY: key() })
  await (await site.open()).set('a', 'hunter2', 1)
  const other = await site.open({ TRIVET_SECRET_KEY: key() })
  assert.equal(other.reveal('a'), undefined)
  assert.match(other.problemOf('a') ?? '', /needs the key [0-9a-f]{12}, found the key [0-9a-f]{12}/)
  await assert.rejects(other.set('b', 'hunter2', 1), wrong('KEY_WRONG'))
  assert.equal((await site.store.secrets.list()).length, 1)
})

test('SecretKeeper says that the key is missing, and reads once it is back', async () => {
  await using site = await bench()
  await (await site.open()).set('a', 'hunter2', 1)
  const file = join(site.stateFolder, 'secret.key')
  const text = await readFile(file, 'utf8')
  await writeFile(file, '')
  await assert.rejects(site.open(), wrong('KEY_INVALID'))
  await writeFile(file, text)
  await chmod(file, 0o644)
  await assert.rejects(site.open(), /mode 0644 .* chmod 600/)
  await chmod(file, 0o600)
  assert.equal((await site.open()).reveal('a'), 'hunter2')
})

test('SecretKeeper notices what was changed or renamed in the database', async () => {
  await using site = await bench()
  const keeper = await site.open()
  await keeper.set('a', 'hunter2', 1)
  await keeper.set('b', 'other', 1)
  const [a] = await site.store.secrets.list()
  assert.ok(a)
  await site.store.secrets.put({ ...a, name: 'b' })
  const bytes = Uint8Array.from(a.ciphertext)
  bytes[0] = (bytes[0] ?? 0) ^ 1
  await site.store.secrets.put({ ...a, ciphertext: bytes, nonce: a.nonce })
  const read = await site.open()
  assert.deepEqual([read.reveal('a'), read.reveal('b')], [undefined, undefined])
  assert.match(read.problemOf('b') ?? '', /was changed behind/)
})

test('SecretKeeper changes the key, whenever the process ends', async () => {
  await using site = await bench()
  const keeper = await site.open()
  await keeper.set('a', 'hunter2', 7)
  const file = join(site.stateFolder, 'secret.key')
  const old = await readFile(file, 'utf8')
  // As if it had ended once the new key was written, before any secret was.
  await writeFile(`${file}.next`, formatSecretKey(newSecretKey()), { mode: 0o600 })
  assert.equal((await site.open()).reveal('a'), 'hunter2')
  const turn = keeper.turn
  assert.equal((await keeper.rotate()).count, 1)
  assert.notEqual(await readFile(file, 'utf8'), old)
  assert.deepEqual(
    (await readdir(site.stateFolder)).filter((name) => name.endsWith('next')),
    [],
  )
  assert.equal((await site.open()).reveal('a'), 'hunter2')
  assert.equal(keeper.list()[0]?.at, 7)
  assert.notEqual(keeper.turn, turn)
  // As if it had ended after the secrets were written, before the key took its place.
  const now = await readFile(file, 'utf8')
  await writeFile(`${file}.next`, now, { mode: 0o600 })
  await writeFile(file, old)
  assert.equal((await site.open()).reveal('a'), 'hunter2')
})

test('SecretKeeper changes a key of the environment to the next one', async () => {
  const first = { TRIVET_SECRET_KEY: key() }
  await using site = await bench(first)
  await (await site.open()).set('a', 'hunter2', 1)
  await assert.rejects((await site.open()).rotate(), wrong('KEY_MISSING'))
  const next = key()
  await (await site.open({ ...first, TRIVET_SECRET_KEY_NEXT: next })).rotate()
  assert.equal((await site.open({ TRIVET_SECRET_KEY: next })).reveal('a'), 'hunter2')
})

test('SecretKeeper sees what another process has set, and another turn', async () => {
  await using site = await bench()
  const [one, other] = [await site.open(), await site.open()]
  await one.set('a', 'hunter2', 1)
  const { turn } = other
  await other.refresh()
  assert.equal(other.reveal('a'), 'hunter2')
  assert.notEqual(other.turn, turn)
  const again = other.turn
  await other.refresh()
  assert.equal(other.turn, again)
  await other.remove('a')
  assert.equal(other.problemOf('a'), 'There is no secret "a"')
})

test('SecretKeeper refuses names and texts that are not allowed', async () => {
  await using site = await bench()
  const keeper = await site.open()
  await assert.rejects(keeper.set('a b', 'x', 1), wrong('NOT_ALLOWED'))
  await assert.rejects(keeper.set('a', '', 1), wrong('NOT_ALLOWED'))
  await assert.rejects(keeper.set('a', 'x'.repeat(65_537), 1), wrong('NOT_ALLOWED'))
})
