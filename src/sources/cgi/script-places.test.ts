import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, scriptSite, until } from '../../testing/script-site.ts'
import { ScriptPlaces } from './script-places.ts'

const never = new AbortController().signal

test('cgiSource runs no more than concurrentMax scripts at once, and all in turn', async () => {
  await using site = await scriptSite()
  await site.write('running/.keep', '')
  // Each run counts those that run beside it, itself among them.
  await site.write(
    'cgi/count',
    '#!/bin/sh\ntouch ../running/$$; sleep 0.05; ls ../running | wc -l; rm ../running/$$\n',
  )
  const source = site.source({ concurrentMax: 4 })
  const asks = Array.from({ length: 20 }, () => ask(source, 'cgi/count'))
  const texts = await Promise.all(asks.map(async ({ response }) => (await response).text()))
  const counts = texts.map(Number)
  assert.equal(counts.length, 20)
  assert.equal(Math.max(...counts), 4)
})

test('cgiSource frees the place of a script that is ended', async () => {
  await using site = await scriptSite()
  await site.write('cgi/slow', '#!/bin/sh\nexec sleep 600\n')
  await site.write('cgi/quick', '#!/bin/sh\necho quick\n')
  const source = site.source({ concurrentMax: 1 })
  const slow = ask(source, 'cgi/slow')
  const quick = ask(source, 'cgi/quick')
  slow.controller.abort()
  await assert.rejects(slow.response, { code: 'GENERATOR_TIMEOUT' })
  assert.equal(await (await quick.response).text(), 'quick\n')
})

test('ScriptPlaces gives places in the order asked', async () => {
  const places = new ScriptPlaces({ concurrentMax: 1, waitingMax: 9 })
  const order: number[] = []
  await Promise.all(
    [0, 1, 2, 3].map(async (number) => {
      const release = await places.take(never)
      order.push(number)
      release()
    }),
  )
  assert.deepEqual(order, [0, 1, 2, 3])
})

test('ScriptPlaces refuses one more than may wait, and takes it when one of them has its turn', async () => {
  const places = new ScriptPlaces({ concurrentMax: 1, waitingMax: 1 })
  const release = await places.take(never)
  const second = places.take(never)
  await assert.rejects(places.take(never), {
    code: 'BUSY',
    message: 'Cannot run another script: 1 run and 1 requests wait already',
    wireMessage: 'The server is busy',
  })
  release()
  const third = places.take(await second.then(() => never))
  assert.equal(places.waitingCount, 1)
  ;(await second)()
  ;(await third)()
})

test('ScriptPlaces with waitingMax 0 still gives a free place', async () => {
  const places = new ScriptPlaces({ concurrentMax: 2, waitingMax: 0 })
  const [first] = await Promise.all([places.take(never), places.take(never)])
  await assert.rejects(places.take(never), { code: 'BUSY' })
  first()
  const release = await until(() => places.take(never).catch(() => undefined))
  release()
})

test('ScriptPlaces frees the queue of one that gives up waiting', async () => {
  const places = new ScriptPlaces({ concurrentMax: 1, waitingMax: 1 })
  const release = await places.take(never)
  const controller = new AbortController()
  const leaving = places.take(controller.signal)
  controller.abort()
  await assert.rejects(leaving, { code: 'GENERATOR_TIMEOUT' })
  const next = places.take(never)
  release()
  ;(await next)()
})

test('ScriptPlaces takes no place for a request that is over already', async () => {
  const places = new ScriptPlaces({ concurrentMax: 1, waitingMax: 0 })
  await assert.rejects(places.take(AbortSignal.abort()), { code: 'GENERATOR_TIMEOUT' })
  ;(await places.take(never))()
})
