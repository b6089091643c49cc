import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refusal } from '../base/refusal.ts'
import { declineResponse } from '../routing/source.ts'
import type { Serving } from './serving.ts'
import { fetched, RenditionSite, textOf } from '../testing/rendition-site.ts'

// Goal: each file is made once for all who share it, and kept exactly as long as it is wanted.
// Method: a source that answers when told, a clock that is turned by hand.

const maxAge = (seconds: number, more = ''): Record<string, string> => ({
  'cache-control': `max-age=${seconds}${more}`,
})

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('nothing was refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Refusal, String(error))
  return error.code
}

describe('Renditions, while a file is made', () => {
  test('joins requests of one key', async () => {
    using site = new RenditionSite()
    const asks = Array.from({ length: 50 }, () => site.ask())
    const other = site.ask({ key: 'other' })
    assert.equal(site.source.runs, 2)
    site.source.answer('the file')
    site.source.answer('the other')
    const texts = await Promise.all(asks.map(fetched))
    assert.deepEqual(new Set(texts), new Set(['the file']))
    assert.equal(await fetched(other), 'the other')
    assert.equal(site.source.runs, 2)
  })

  test('lets who joins late read from the beginning, as it comes', async () => {
    using site = new RenditionSite()
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const first = site.ask()
    site.source.answer(readable)
    await writer.write(Buffer.from('one '))
    const served = await first.served
    assert.equal(String(Buffer.from((await served.reader.read()) ?? [])), 'one ')
    const second = await site.ask().served
    assert.equal(String(Buffer.from((await second.reader.read()) ?? [])), 'one ')
    const rest = Promise.all([textOf(served), textOf(second)])
    await writer.write(Buffer.from('two'))
    await writer.close()
    assert.deepEqual(await rest, ['two', 'two'])
    assert.equal(site.source.runs, 1)
  })

  test('goes on when its clients have gone, and has it when they ask again', async () => {
    using site = new RenditionSite()
    const first = site.ask()
    first.cancel()
    assert.equal(site.source.signals[0]?.aborted, false)
    site.source.answer('late')
    await first.served
    await site.renditions.idle()
    site.now += 60_000
    const second = site.ask()
    const served = await second.served
    assert.deepEqual([served.isLate, served.isShared], [true, true])
    assert.equal(await fetched(second), 'late')
    site.ask()
    assert.equal(site.source.runs, 2, 'once delivered, it is made anew')
  })

  test('gives all who wait the same refusal, and keeps none', async () => {
    using site = new RenditionSite()
    const asks = [site.ask(), site.ask()]
    site.source.fail(new Refusal('ACCESS_DENIED', 'not you'))
    assert.deepEqual(await Promise.all(asks.map(({ served }) => codeOf(served))), [
      'ACCESS_DENIED',
      'ACCESS_DENIED',
    ])
    site.ask()
    assert.equal(site.source.runs, 2)
  })

  test('keeps no status that is no file, and nothing that was declined', async () => {
    for (const response of [
      () => new Response('no', { status: 404, headers: maxAge(600) }),
      () => new Response('oh', { status: 500, headers: maxAge(600) }),
      () => Response.redirect('http://other/', 302),
      declineResponse,
    ]) {
      using site = new RenditionSite()
      const ask = site.ask()
      site.source.respond(response())
      await fetched(ask)
      assert.equal(site.renditions.keptCount, 0)
      site.ask()
      assert.equal(site.source.runs, 2)
    }
  })

  test('ends at the deadline, and does not wait for a source that goes on', async () => {
    using site = new RenditionSite({ runningMax: 1 })
    const ask = site.ask({ deadlineMs: 1 })
    assert.equal(await codeOf(ask.served), 'GENERATOR_TIMEOUT')
    assert.equal(site.source.signals[0]?.aborted, true)
    const next = site.ask()
    site.source.answer('of the first: too late')
    site.source.answer('of the second')
    assert.equal(await fetched(next), 'of the second')
  })

  test('ends in a refusal what is too large, or no bytes', async () => {
    using site = new RenditionSite({ bytesMax: 10 })
    const large = await startedWith(site, 'eleven bytes')
    assert.equal(await codeOf(textOf(large)), 'TOO_LARGE')
    const stream = new ReadableStream({
      start: (controller) => controller.enqueue('a string'),
    })
    const wrong = await startedWith(site, stream)
    assert.equal(await codeOf(textOf(wrong)), 'GENERATOR_FAILED')
  })

  test('refuses those that find the queue full, and makes the others in turn', async () => {
    using site = new RenditionSite({ runningMax: 1, waitingMax: 1 })
    const asks = ['a', 'b', 'c'].map((key) => site.ask({ key, clientAddress: key }))
    assert.equal(await codeOf(asks[2]?.served ?? assert.fail()), 'BUSY')
    assert.equal(site.source.runs, 1)
    site.source.answer('first')
    assert.equal(await fetched(asks[0] ?? assert.fail()), 'first')
    site.source.answer('second')
    assert.equal(await fetched(asks[1] ?? assert.fail()), 'second')
  })

  test('stops everything when it is stopped', async () => {
    using site = new RenditionSite({ runningMax: 1 })
    const asks = ['a', 'b'].map((key) => site.ask({ key }))
    site.renditions.stop()
    for (const { served } of asks) assert.equal(await codeOf(served), 'BUSY')
    assert.equal(site.source.signals[0]?.aborted, true)
    await site.renditions.idle()
    assert.equal(site.renditions.makingCount, 0)
  })
})

async function startedWith(site: RenditionSite, body: string | ReadableStream) {
  const ask = site.ask({ key: String(site.source.runs) })
  site.source.answer(body)
  return await ask.served
}

describe('Renditions, once a file is there', () => {
  test('pins it until somebody has had all of it: a probe and its read', async () => {
    using site = new RenditionSite()
    const probe = site.ask()
    site.source.answer('12:00:01')
    assert.equal(await textOf(await probe.served), '12:00:01')
    probe.cancel()
    await site.renditions.idle()
    assert.equal(await fetched(site.ask()), '12:00:01')
    const next = site.ask()
    site.source.answer('12:00:02')
    assert.equal(await fetched(next), '12:00:02')
    assert.equal(site.renditions.keptCount, 0)
  })

  test('forgets what nobody came for', async () => {
    using site = new RenditionSite()
    const ask = site.ask({ patience: { keepLateMs: 60_000 } })
    site.source.answer('x')
    await ask.served
    await site.renditions.idle()
    assert.equal(site.renditions.keptCount, 1)
    site.now += 60_000
    site.renditions.prune()
    assert.equal(site.renditions.keptCount, 0)
  })

  test('keeps it pinned for 15 s when its inputs change, and no longer', async () => {
    for (const [ms, runs] of [
      [14_999, 1],
      [15_000, 2],
    ] as const) {
      using site = new RenditionSite()
      const isCurrent = { value: true }
      await probed(site, isCurrent)
      isCurrent.value = false
      site.now += ms
      site.ask()
      assert.equal(site.source.runs, runs, `after ${ms} ms`)
    }
  })

  test('makes it anew for who comes after its inputs changed, and ends the old making', async () => {
    using site = new RenditionSite()
    const isCurrent = { value: true }
    const make: Parameters<RenditionSite['ask']>[0] = {
      make: (rendition, signalOf) => {
        rendition.inputs = { isCurrent: () => isCurrent.value, isComplete: true }
        return site.source.make(rendition, signalOf)
      },
    }
    const first = site.ask(make)
    isCurrent.value = false
    site.ask()
    assert.equal(site.source.runs, 2)
    assert.equal(site.source.signals[0]?.aborted, false, 'somebody waits for it')
    first.cancel()
    site.source.answer('old')
    assert.equal(await textOf(await first.served), '')
  })

  test('keeps what its inputs determine as long as they are current', async () => {
    using site = new RenditionSite()
    const isCurrent = { value: true }
    await probed(site, isCurrent, true)
    assert.equal(await fetched(site.ask()), 'made')
    site.now += 1e9
    assert.equal(await fetched(site.ask()), 'made')
    assert.equal(site.source.runs, 1)
    isCurrent.value = false
    const changed = site.ask()
    assert.equal(site.source.runs, 2)
    site.source.answer('anew')
    assert.equal(await fetched(changed), 'anew')
  })

  test('lets Cache-Control keep it after that', async () => {
    using site = new RenditionSite()
    const first = site.ask()
    site.source.answer('a', maxAge(60))
    assert.equal(await fetched(first), 'a')
    site.now += 59_999
    const kept = site.ask()
    assert.equal((await kept.served).isStale, false)
    assert.equal(await fetched(kept), 'a')
    site.now += 1
    site.ask()
    assert.equal(site.source.runs, 2)
  })

  test('gives the old one while a new one is made, where the old one says so', async () => {
    using site = new RenditionSite()
    const first = site.ask()
    site.source.answer('old', maxAge(60, ', stale-while-revalidate=30'))
    await fetched(first)
    site.now += 75_000
    const stale = site.ask()
    assert.equal((await stale.served).isStale, true)
    assert.equal(await fetched(stale), 'old')
    assert.equal(await fetched(site.ask()), 'old')
    assert.equal(site.source.runs, 2)
    site.source.answer('new', maxAge(60))
    await site.renditions.idle()
    assert.equal(await fetched(site.ask()), 'new')
    assert.equal(site.source.runs, 2)
  })

  test('gives the old one when the new one fails, before or after its first byte', async () => {
    for (const fail of [
      (site: RenditionSite) => site.source.fail(new Error('broken')),
      (site: RenditionSite) => site.source.respond(new Response('x', { status: 503 })),
      (site: RenditionSite) => site.source.answer(brokenAfter('half')),
    ]) {
      using site = new RenditionSite()
      const first = site.ask()
      site.source.answer('old', maxAge(60, ', stale-if-error=600'))
      await fetched(first)
      site.now += 61_000
      const next = site.ask()
      fail(site)
      assert.equal(await fetched(next), 'old')
      assert.equal((await next.served).isStale, true)
      site.now += 600_000
      const late = site.ask()
      site.source.fail(new Error('broken'))
      assert.equal(await codeOf(late.served), 'GENERATOR_FAILED')
    }
  })

  test('does not give the old one when the source says no', async () => {
    using site = new RenditionSite()
    const first = site.ask()
    site.source.answer('old', maxAge(0, ', stale-if-error=600'))
    await fetched(first)
    const next = site.ask()
    site.source.fail(new Refusal('FILE_NOT_FOUND', 'gone'))
    assert.equal(await codeOf(next.served), 'FILE_NOT_FOUND')
  })

  test('has the last one for who cannot wait, where the route wants that', async () => {
    for (const whenLate of ['stale', 'silence'] as const) {
      using site = new RenditionSite()
      const change = { patience: { whenLate } }
      const first = site.ask(change)
      site.source.answer('yesterday')
      await fetched(first)
      site.now += 86_400_000
      const stale = site.ask(change).stale()
      assert.equal(stale && (await textOf(stale)), whenLate === 'stale' ? 'yesterday' : undefined)
      assert.equal(site.source.runs, 2)
    }
  })

  test('drops what was made for a path that is written', async () => {
    using site = new RenditionSite()
    for (const key of ['a', 'b', 'c']) {
      const ask = site.ask({ key, path: key === 'c' ? '/other' : '/file' })
      site.source.answer(key, maxAge(600))
      await fetched(ask)
    }
    const making = site.ask({ key: 'd' })
    assert.equal(site.renditions.keptCount, 3)
    site.renditions.dropPath('/file')
    assert.equal(site.renditions.keptCount, 1)
    site.ask({ key: 'd' })
    assert.equal(site.source.runs, 5, 'what is being made is for those who asked before')
    site.source.answer('old')
    assert.equal(await fetched(making), 'old')
  })

  test('drops what is still read when its path is written, and what nobody reads on', async () => {
    using site = new RenditionSite()
    const ask = site.ask({ path: '/file' })
    site.source.answer('old')
    const { reader } = await ask.served
    await site.renditions.idle()
    assert.equal(site.renditions.keptCount, 1)
    site.renditions.dropPath('/file')
    assert.equal(site.renditions.keptCount, 0)
    assert.equal(Buffer.from((await reader.read()) ?? []).toString(), 'old')
    reader.cancel()
    assert.equal(site.renditions.keptCount, 0)
  })

  test('keeps within its memory what is pinned, once nobody reads it', async () => {
    using site = new RenditionSite({ memoryBytesMax: 5000 })
    const asks: Serving[] = []
    for (const key of ['a', 'b', 'c']) {
      asks.push(site.ask({ key, path: `/${key}` }))
      site.source.answer('x'.repeat(3000))
    }
    for (const ask of asks) await ask.served
    await site.renditions.idle()
    assert.equal(site.renditions.keptCount, 3, 'their readers hold them anyway')
    for (const ask of asks) ask.cancel()
    assert.equal(site.renditions.keptCount, 1)
  })
})

/** A file that was asked for, made, and not had. */
async function probed(
  site: RenditionSite,
  isCurrent: { value: boolean },
  isComplete = false,
): Promise<void> {
  const probe = site.ask({
    make: (rendition, signalOf) => {
      rendition.inputs = { isCurrent: () => isCurrent.value, isComplete }
      return site.source.make(rendition, signalOf)
    },
  })
  site.source.answer('made')
  await probe.served
  probe.cancel()
  await site.renditions.idle()
}

function brokenAfter(text: string): ReadableStream {
  let pulls = 0
  return new ReadableStream({
    pull: (controller) => {
      pulls += 1
      if (pulls > 1) throw new Error('broken')
      controller.enqueue(Buffer.from(text))
    },
  })
}
