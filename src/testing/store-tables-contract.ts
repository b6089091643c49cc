import assert from 'node:assert/strict'
import type { Delivery, EncryptedSecret, StoredToken } from '../store/store.ts'
import type { Claim } from './store-contract.ts'

/** What every store must do beside the inventory. */
export function storeTablesContract(claim: Claim): void {
  inboxTests(claim)
  deliveryTests(claim)
  accessTests(claim)
}

function inboxTests(claim: Claim): void {
  const sighting = { key: 'mac 1', at: 5, address: '10.0.0.7', path: 'a.cfg', guess: { os: 'x' } }

  claim('enters an unknown device once and counts it', async (bench) => {
    await using store = await bench.open()
    await store.inbox.seen(sighting)
    await store.inbox.seen({ ...sighting, at: 9, path: "b'\0.cfg", guess: {} })
    await store.inbox.seen({ ...sighting, key: 'address 10.0.0.8', at: 7 })
    assert.deepEqual(await store.inbox.list({ limit: 10 }), [
      { ...sighting, at: 9, path: "b'\ufffd.cfg", guess: {}, firstAt: 5, count: 2 },
      { ...sighting, key: 'address 10.0.0.8', at: 7, firstAt: 7, count: 1 },
    ])
    assert.equal((await store.inbox.list({ limit: 1 })).length, 1)
    assert.equal(await store.inbox.remove('mac 1'), true)
    assert.equal(await store.inbox.remove('mac 1'), false)
  })

  claim('lets those leave the inbox that were seen longest ago', async (bench) => {
    await using store = await bench.open({ inboxEntriesMax: 3 })
    for (const at of [1, 2, 3]) await store.inbox.seen({ ...sighting, key: `k${at}`, at })
    await store.inbox.seen({ ...sighting, key: 'k1', at: 4 })
    await store.inbox.seen({ ...sighting, key: 'k5', at: 5 })
    const keys = (await store.inbox.list({ limit: 10 })).map(({ key }) => key)
    assert.deepEqual(keys, ['k5', 'k1', 'k3'])
  })
}

function deliveryTests(claim: Claim): void {
  const delivered = { at: 10, front: 'tftp', address: '10.0.0.7', bytes: 512, hash: 'h' } as const
  const asked = { device: 'a', path: 'x', askedAt: 10 }

  claim('keeps the latest delivery of a device and path', async (bench) => {
    await using store = await bench.open()
    const long = '/' + '長'.repeat(1300)
    const other: Delivery = { device: 'b', path: long, askedAt: 11 }
    await store.deliveries.record([])
    await store.deliveries.record([{ ...asked, delivered }, other])
    await store.deliveries.record([{ ...asked, askedAt: 20 }])
    assert.deepEqual(await store.deliveries.list({ limit: 10 }), [
      { ...asked, askedAt: 20, delivered },
      other,
    ])
    const late = { ...delivered, at: 30, hash: 'new', front: 'http' } as const
    const early = { ...delivered, at: 5, hash: 'old' }
    await store.deliveries.record([
      { ...asked, askedAt: 30, delivered: late },
      { ...asked, askedAt: 25 },
      { ...asked, askedAt: 5, delivered: early },
    ])
    await store.deliveries.record([{ ...asked, askedAt: 5, delivered: early }])
    assert.deepEqual(await store.deliveries.list({ device: 'a', limit: 10 }), [
      { ...asked, askedAt: 30, delivered: late },
    ])
  })

  claim('prunes deliveries by age and by number', async (bench) => {
    await using store = await bench.open()
    const many = Array.from({ length: 10 }, (_, askedAt) => ({
      device: 'a',
      path: `${askedAt}`,
      askedAt,
    }))
    await store.deliveries.record(many)
    assert.equal(await store.deliveries.prune({ olderThan: 2, keepMax: 100 }), 2)
    assert.equal(await store.deliveries.prune({ olderThan: 3, keepMax: 4 }), 4)
    const left = (await store.deliveries.list({ limit: 100 })).map(({ askedAt }) => askedAt)
    assert.deepEqual(left, [9, 8, 7, 6])
  })

  claim('records many deliveries from several servers at once', async (bench) => {
    await using first = await bench.open()
    await using second = await bench.open()
    const rows = Array.from({ length: 3000 }, (_, index) => ({
      device: `d${index}`,
      path: 'p',
      askedAt: index,
    }))
    const rounds = [first, second, first, second].map((store, index) =>
      store.deliveries.record(index % 2 === 0 ? rows : rows.toReversed()),
    )
    await Promise.all(rounds)
    assert.equal((await first.deliveries.list({ limit: 10_000 })).length, 3000)
  })
}

function accessTests(claim: Claim): void {
  const secret = (name: string, byte: number): EncryptedSecret => ({
    name,
    keyId: `key-${byte}`,
    nonce: Uint8Array.of(0, byte, 255),
    ciphertext: new Uint8Array(1000).fill(byte),
    at: byte,
  })

  claim('keeps secrets to the byte and replaces them all at once', async (bench) => {
    await using store = await bench.open()
    await store.secrets.put(secret('pin', 1))
    await store.secrets.put(secret('Pin', 2))
    await store.secrets.put(secret('pin', 3))
    assert.deepEqual(await store.secrets.get('pin'), secret('pin', 3))
    assert.equal(await store.secrets.get('none'), undefined)
    assert.deepEqual(await store.secrets.list(), [secret('Pin', 2), secret('pin', 3)])
    await store.secrets.replaceAll([secret('new', 4)])
    const twice = [secret('a', 5), secret('a', 6)]
    await assert.rejects(store.secrets.replaceAll(twice))
    assert.deepEqual(await store.secrets.list(), [secret('new', 4)])
    assert.equal(await store.secrets.remove('new'), true)
    assert.equal(await store.secrets.remove('new'), false)
  })

  claim('keeps until when devices are enrolled', async (bench) => {
    await using store = await bench.open()
    await store.enrolments.put('b', 10)
    await store.enrolments.put('a', 5)
    await store.enrolments.put('b', 1_900_000_000_000)
    assert.deepEqual(
      [...(await store.enrolments.list())].map(({ device, until }) => [device, until]),
      [
        ['a', 5],
        ['b', 1_900_000_000_000],
      ],
    )
    assert.equal(await store.enrolments.remove('a'), true)
    assert.equal(await store.enrolments.remove('a'), false)
  })

  claim('keeps tokens by their id, and no hash twice', async (bench) => {
    await using store = await bench.open()
    const token: StoredToken = {
      id: 't1',
      label: "ann's",
      role: 'editor',
      hash: 'abc',
      createdAt: 1_700_000_000_000,
    }
    await store.tokens.add(token)
    await assert.rejects(store.tokens.add({ ...token, id: 't2' }))
    assert.deepEqual(
      (await store.tokens.list()).map((kept) => ({ ...kept })),
      [token],
    )
    assert.equal(await store.tokens.remove('t1'), true)
    assert.equal(await store.tokens.remove('t1'), false)
  })
}
