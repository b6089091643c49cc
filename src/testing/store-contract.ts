import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Device } from '../inventory/model.ts'
import { type Change, type Edit, type Revision, type Store, StoreError } from '../store/store.ts'
import {
  classEdit,
  classOf,
  deviceEdit,
  deviceOf,
  deviceRemoval,
  type MakeStoreBench,
  type StoreBench,
} from './store-bench.ts'
import { storeCrashContract } from './store-crash-contract.ts'
import { storeTablesContract } from './store-tables-contract.ts'

const LIMIT = { timeout: 30_000 }

/** One behaviour, tried on a database of its own. */
export type Claim = (behaviour: string, run: (bench: StoreBench) => Promise<void>) => void

/**
 * What every store must do.
 *
 * @param name - The symbol under test, with which each test's name begins.
 * @param options.crashRounds - How often writers are killed, two at a time; half a second each.
 */
export function storeContract(
  name: string,
  makeBench: MakeStoreBench,
  { crashRounds }: { readonly crashRounds: number },
): void {
  const claim: Claim = (behaviour, run) =>
    void test(`${name} ${behaviour}`, LIMIT, async () => {
      await using bench = await makeBench()
      await run(bench)
    })
  recordTests(claim)
  revisionTests(claim)
  conflictTests(claim)
  duplicateTests(claim)
  sharingTests(claim)
  endTests(claim)
  storeTablesContract(claim)
  storeCrashContract(claim, crashRounds)
}

/** A change with an author and a time; the time is that of a test. */
export function changeOf(edits: readonly Edit[], rest: Partial<Change> = {}): Change {
  return { who: 'ann', at: 1_700_000_000_000, edits, ...rest }
}

function recordTests(claim: Claim): void {
  claim('is empty at revision 0 when it is new', async (bench) => {
    await using store = await bench.open()
    assert.deepEqual(await store.load(), { revision: 0, devices: [], classes: [] })
    assert.deepEqual(await store.changesAfter(0), [])
    assert.deepEqual(await store.revisions({ limit: 10 }), [])
    assert.equal(await store.revision(1), undefined)
  })

  claim('gives back what it was given, after closing and opening too', async (bench) => {
    const device = deviceOf('phone-1', {
      name: 'sep1.example.net',
      macs: ['00:11:22:aa:bb:cc', '00:11:22:aa:bb:cd'],
      serial: 'FCH1234',
      uuid: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
      addresses: ['10.0.0.7'],
      classes: ['site', 'model'],
      values: { z: 1, a: [true, null, { $secret: 'pin' }], 10: 'order', 2: 'is kept' },
      state: 'disabled',
    })
    const site = classOf('site', { parents: ['base'], values: { ntp: '10.0.0.1' } })
    const loaded = {
      revision: 1,
      devices: [{ record: device, revision: 1 }],
      classes: [{ record: site, revision: 1 }],
    }
    await using store = await bench.open()
    await store.apply(changeOf([deviceEdit(device), classEdit(site)]))
    assert.deepEqual(await store.load(), loaded)
    await store[Symbol.asyncDispose]()
    await using again = await bench.open()
    assert.deepEqual(await again.load(), loaded)
    const [text] = (await again.load()).devices.map(({ record }) => JSON.stringify(record))
    assert.equal(text, JSON.stringify(device))
  })

  claim('keeps quotes, other scripts, NUL, lone surrogates and __proto__', async (bench) => {
    const odd = `'"\\;--\u0000\u001f é 電話 👍 \ud800 \u2028 $1 ?`
    const values = JSON.parse(`{"__proto__":{"a":1},"'\\"":"b"}`) as Device['values']
    const device = deviceOf('a', { name: 'ÄÖ', values: { ...values, [odd]: odd, list: [odd] } })
    await using store = await bench.open()
    await store.apply(changeOf([deviceEdit(device)], { who: odd, why: odd }))
    const [stored] = (await store.load()).devices
    assert.equal(JSON.stringify(stored?.record), JSON.stringify(device))
    const shown = odd.replace('\u0000', '\ufffd').replace('\ud800', '\ufffd')
    const revision = await store.revision(1)
    assert.deepEqual([revision?.who, revision?.why], [shown, shown])
    assert.equal(JSON.stringify(revision?.edits[0]?.after), JSON.stringify(device))
  })

  claim('keeps keys apart that differ in case, and orders them by their bytes', async (bench) => {
    await using store = await bench.open()
    const ids = ['b', 'B', 'a-1', 'a.1', 'a_1', 'A', '10', '9']
    await store.apply(changeOf(ids.map((id) => deviceEdit(deviceOf(id)))))
    const { devices } = await store.load()
    assert.deepEqual(
      devices.map(({ record }) => record.id),
      [...ids].sort(),
    )
  })

  claim('keeps huge values', async (bench) => {
    const text = '漢"\\'.repeat(80_000)
    const edits = ['a', 'b', 'c', 'd'].map((id) => deviceEdit(deviceOf(id, { values: { text } })))
    await using store = await bench.open()
    await store.apply(changeOf(edits, { why: text }))
    const { devices } = await store.load()
    assert.ok(devices.every(({ record }) => record.values['text'] === text))
    assert.equal((await store.revision(1))?.why, text)
  })

  claim('writes 5,000 devices at once and lets another remove them', async (bench) => {
    const devices = Array.from({ length: 5000 }, (_, index) =>
      deviceOf(`d${index}`, { serial: `S${index}`, name: `n${index}`, values: { index } }),
    )
    await using store = await bench.open()
    const made = await store.apply(changeOf(devices.map((device) => deviceEdit(device))))
    assert.equal(made.editCount, 5000)
    assert.equal((await store.load()).devices.length, 5000)
    await store.apply(changeOf(devices.map(deviceRemoval), { seenRevision: 1 }))
    assert.deepEqual(await store.load(), { revision: 2, devices: [], classes: [] })
    await store.apply(changeOf([deviceEdit(deviceOf('new', { serial: 'S17', name: 'n17' }))]))
  })

  claim('refuses a change that names a record twice, or under another key', async (bench) => {
    await using store = await bench.open()
    const edit = deviceEdit(deviceOf('a'))
    await assert.rejects(store.apply(changeOf([edit, edit])), RangeError)
    await assert.rejects(store.apply(changeOf([{ ...edit, key: 'b' }])), RangeError)
    assert.equal((await store.load()).revision, 0)
  })
}

function revisionTests(claim: Claim): void {
  claim('numbers revisions from 1 without gaps, whatever fails in between', async (bench) => {
    await using store = await bench.open()
    const a = deviceOf('a', { serial: 'S' })
    assert.equal((await store.apply(changeOf([deviceEdit(a)]))).number, 1)
    const duplicate = changeOf([deviceEdit(deviceOf('b', { serial: 's' }))])
    await assert.rejects(store.apply(duplicate), { code: 'DUPLICATE' })
    await assert.rejects(store.apply(changeOf([deviceEdit(a)], { seenRevision: 0 })), {
      code: 'CONFLICT',
    })
    const revision = await store.apply(changeOf([deviceRemoval(a)], { who: 'bob', why: 'gone' }))
    assert.deepEqual(revision, {
      number: 2,
      at: 1_700_000_000_000,
      who: 'bob',
      why: 'gone',
      editCount: 1,
    } satisfies Revision)
  })

  claim('records each edit with the record as it was, not as its author says', async (bench) => {
    await using store = await bench.open()
    const first = deviceOf('a', { values: { n: 1 } })
    const second = deviceOf('a', { values: { n: 2 } })
    const site = classOf('a')
    await store.apply(changeOf([deviceEdit(first), classEdit(site)]))
    await store.apply(changeOf([deviceEdit(second, deviceOf('a', { values: { n: 9 } }))]))
    await store.apply(changeOf([deviceRemoval(second), deviceRemoval(deviceOf('never'))]))
    const edits = (await store.changesAfter(0)).map((revision) => revision.edits)
    assert.deepEqual(edits, [
      [deviceEdit(first), classEdit(site)],
      [deviceEdit(second, first)],
      [deviceRemoval(second)],
    ])
    const numbers = (await store.changesAfter(1)).map(({ number }) => number)
    assert.deepEqual(numbers, [2, 3])
    assert.equal((await store.revision(3))?.editCount, 1)
    assert.deepEqual(await store.changesAfter(3), [])
  })

  claim('lists revisions the newest first, in pages and of one record', async (bench) => {
    await using store = await bench.open()
    for (const id of ['a', 'b', 'a', 'c', 'a']) {
      await store.apply(changeOf([deviceEdit(deviceOf(id)), classEdit(classOf('every'))]))
    }
    const numbers = async (query: Parameters<Store['revisions']>[0]): Promise<number[]> =>
      (await store.revisions(query)).map(({ number }) => number)
    const record = { kind: 'device', key: 'a' } as const
    assert.deepEqual(await numbers({ limit: 2 }), [5, 4])
    assert.deepEqual(await numbers({ limit: 2, before: 4 }), [3, 2])
    assert.deepEqual(await numbers({ limit: 9, record }), [5, 3, 1])
    assert.deepEqual(await numbers({ limit: 9, record, before: 5 }), [3, 1])
    assert.deepEqual(await numbers({ limit: 9, record: { kind: 'class', key: 'a' } }), [])
    await assert.rejects(store.revisions({ limit: 0 }), RangeError)
    await assert.rejects(store.revisions({ limit: 1001 }), RangeError)
  })
}

function conflictTests(claim: Claim): void {
  claim('lets one of two authors save, and tells the other by whom', async (bench) => {
    await using first = await bench.open()
    await using second = await bench.open()
    const old = deviceOf('a')
    await first.apply(changeOf([deviceEdit(old)]))
    const change = (who: string): Change =>
      changeOf([deviceEdit(deviceOf('a', { values: { who } }), old)], { who, seenRevision: 1 })
    const results = await Promise.allSettled([
      first.apply(change('ann')),
      second.apply(change('bob')),
    ])
    const [lost] = results.filter((result) => result.status === 'rejected')
    const { devices, revision } = await first.load()
    const winner = JSON.stringify(devices[0]?.record.values['who'])
    const reason: unknown = lost?.reason
    assert.equal(revision, 2)
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.ok(reason instanceof StoreError)
    assert.equal(reason.code, 'CONFLICT')
    assert.match(reason.message, new RegExp(`device "a" was changed by ${winner} in revision 2`))
  })

  claim('makes changes of other records on an old revision', async (bench) => {
    await using store = await bench.open()
    await store.apply(changeOf([deviceEdit(deviceOf('a'))]))
    await store.apply(changeOf([deviceEdit(deviceOf('b'))], { seenRevision: 0 }))
    await store.apply(changeOf([deviceRemoval(deviceOf('a'))], { seenRevision: 1 }))
    assert.equal((await store.load()).revision, 3)
  })

  const a = deviceOf('a')
  const missed: Readonly<Record<string, readonly [Change, RegExp]>> = {
    'a record that another made': [changeOf([deviceEdit(a)], { seenRevision: 0 }), /changed by/],
    'a record that was there': [changeOf([deviceEdit(a)], { seenRevision: 1 }), /exists since/],
    'a record that was removed': [
      changeOf([deviceEdit(deviceOf('gone'), deviceOf('gone'))], { seenRevision: 2 }),
      /device "gone" was removed by "eve" in revision 3/,
    ],
    'a record that never was': [
      changeOf([deviceRemoval(deviceOf('never'))], { seenRevision: 3 }),
      /not there/,
    ],
    'a revision that is not made yet': [changeOf([], { seenRevision: 4 }), /at revision 3/],
  }
  for (const [what, [change, message]] of Object.entries(missed)) {
    claim(`refuses an author who has missed ${what}`, async (bench) => {
      await using store = await bench.open()
      await store.apply(changeOf([deviceEdit(a)]))
      await store.apply(changeOf([deviceEdit(deviceOf('gone'))]))
      await store.apply(changeOf([deviceRemoval(deviceOf('gone'))], { who: 'eve' }))
      const before = await store.load()
      const both = { ...change, edits: [...change.edits, deviceEdit(deviceOf('other'))] }
      await assert.rejects(store.apply(both), { code: 'CONFLICT', message })
      assert.deepEqual(await store.load(), before)
    })
  }
}

function duplicateTests(claim: Claim): void {
  const owner = deviceOf('owner', {
    name: 'Phone.example',
    macs: ['00:11:22:aa:bb:cc'],
    serial: 'fch1',
    uuid: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    addresses: ['10.0.0.1'],
  })
  const doubles: Readonly<Record<string, Partial<Device>>> = {
    'MAC "00:11:22:aa:bb:cc"': { macs: ['00:11:22:aa:bb:dd', '00:11:22:aa:bb:cc'] },
    'serial number "FCH1"': { serial: 'Fch1' },
    'UUID "6ba7b810-9dad-11d1-80b4-00c04fd430c8"': {
      uuid: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    },
    'name "phone.example"': { name: 'PHONE.example' },
  }
  for (const [what, parts] of Object.entries(doubles)) {
    claim(`refuses a second device with the ${what}`, async (bench) => {
      await using store = await bench.open()
      await store.apply(changeOf([deviceEdit(owner)]))
      const before = await store.load()
      const message = `Cannot save: ${what} of device "thief" belongs to device "owner"`
      const thief = deviceEdit(deviceOf('thief', parts))
      await assert.rejects(store.apply(changeOf([deviceEdit(deviceOf('other')), thief])), {
        code: 'DUPLICATE',
        message,
      })
      assert.deepEqual(await store.load(), before)
      const both = [thief, deviceEdit({ ...owner, id: 'twin' })]
      await store.apply(changeOf([deviceRemoval(owner)]))
      await assert.rejects(store.apply(changeOf(both)), { code: 'DUPLICATE' })
      await store.apply(changeOf([thief]))
    })
  }

  claim('lets devices swap what is theirs, and share addresses', async (bench) => {
    await using store = await bench.open()
    const left = deviceOf('left', { serial: 'L', macs: ['00:00:00:00:00:01'] })
    const right = deviceOf('right', { serial: 'R', addresses: ['10.0.0.1'] })
    await store.apply(changeOf([deviceEdit(left), deviceEdit(right), deviceEdit(owner)]))
    const swapped = [
      deviceEdit({ ...left, serial: 'R', macs: [] }),
      deviceEdit({ ...right, serial: 'L', macs: left.macs }),
    ]
    await store.apply(changeOf(swapped))
    const back = changeOf([deviceEdit({ ...left, id: 'third' })])
    await assert.rejects(store.apply(back), { code: 'DUPLICATE', message: /device "right"/ })
  })
}

function sharingTests(claim: Claim): void {
  claim('tells every store of every revision once and in order', async (bench) => {
    await using first = await bench.open()
    await using second = await bench.open()
    const [heardByFirst, allByFirst] = hearing(first, 20)
    const [heardBySecond, allBySecond] = hearing(second, 20)
    const stop = first.onRevision(() => assert.fail('It listens no more'))
    stop()
    const writers = [first, second].map(async (store, index) => {
      for (let n = 0; n < 10; n += 1) {
        await store.apply(changeOf([deviceEdit(deviceOf(`d${index}`, { values: { n } }))]))
      }
    })
    await Promise.all([...writers, allByFirst, allBySecond])
    const all = Array.from({ length: 20 }, (_, index) => index + 1)
    assert.deepEqual(heardByFirst, all)
    assert.deepEqual(heardBySecond, all)
  })

  claim('never shows half a change while another writes', async (bench) => {
    await using writer = await bench.open()
    await using reader = await bench.open()
    const keys = Array.from({ length: 300 }, (_, index) => `d${index}`)
    const writing = async (): Promise<void> => {
      for (let n = 1; n <= 15; n += 1) {
        const edits = keys.map((id) => deviceEdit(deviceOf(id, { values: { n } })))
        await writer.apply(changeOf([...edits, classEdit(classOf('c', { values: { n } }))]))
      }
    }
    const done = writing()
    const seen = new Set<number>()
    while (!seen.has(15)) {
      const { revision, devices, classes } = await reader.load()
      seen.add(revision)
      const states = new Set([...devices, ...classes].map(({ record }) => record.values['n']))
      assert.deepEqual([...states], revision === 0 ? [] : [revision])
      assert.ok([...devices, ...classes].every((stored) => stored.revision === revision))
      assert.equal(devices.length, revision === 0 ? 0 : keys.length)
      for (const { editCount, edits } of await reader.changesAfter(Math.max(0, revision - 1))) {
        assert.equal(edits.length, editCount)
      }
    }
    await done
    assert.ok(seen.size > 1, 'The reader saw one state only')
  })

  claim('reads while it writes, in one and the same store', async (bench) => {
    await using store = await bench.open()
    await store.apply(changeOf([deviceEdit(deviceOf('a'))]))
    const many = Array.from({ length: 3000 }, (_, index) => deviceEdit(deviceOf(`d${index}`)))
    const order: string[] = []
    const writing = store.apply(changeOf(many)).then(() => order.push('written'))
    const { devices } = await store.load()
    order.push('read')
    await writing
    assert.deepEqual(order, ['read', 'written'])
    assert.equal(devices.length, 1)
  })

  claim('makes a new database once when several open it at the same time', async (bench) => {
    const stores = await Promise.all([bench.open(), bench.open(), bench.open()])
    await Promise.all(
      stores.map((store, index) => store.apply(changeOf([deviceEdit(deviceOf(`d${index}`))]))),
    )
    const [first] = stores
    assert.equal((await first.load()).revision, 3)
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()))
  })
}

function endTests(claim: Claim): void {
  claim('does nothing once it is closed, and ends first what it has begun', async (bench) => {
    await using store = await bench.open()
    store.onRevision(() => assert.fail('It is closed'))
    const many = Array.from({ length: 1000 }, (_, index) => deviceEdit(deviceOf(`d${index}`)))
    const begun = store.apply(changeOf(many))
    const closing = store[Symbol.asyncDispose]()
    const closed = { name: 'StoreError', code: 'CLOSED' }
    await assert.rejects(store.load(), closed)
    await Promise.all([begun, closing])
    await assert.rejects(store.apply(changeOf([])), closed)
    await assert.rejects(store.tokens.list(), closed)
    await store[Symbol.asyncDispose]()
    await using again = await bench.open()
    assert.equal((await again.load()).devices.length, 1000)
  })
}

/** What a store tells, and a promise of the first so many. */
function hearing(store: Store, count: number): [heard: number[], all: Promise<void>] {
  const heard: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  store.onRevision((revision) => {
    heard.push(revision)
    if (heard.length === count) resolve()
  })
  return [heard, promise]
}
