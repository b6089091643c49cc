import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { BatchHandler, DatagramTransport, LocalSocket, Peer } from '../../base/datagram.ts'
import { buildAddon } from '../../testing/built-addon.ts'
import { transportContract } from '../../testing/transport-contract.ts'
import { UdpClient } from '../../testing/udp-client.ts'
import { describeAddress } from '../local-address.ts'
import type { TransportOptions } from '../options.ts'
import { loadBatchAddon } from './addon.ts'
import { openBatchTransport } from './batch-transport.ts'

const { path, faultyPath, needsAddon } = buildAddon()
const LIMIT = { timeout: 20_000, ...needsAddon }
const ANY_IPV4 = [{ address: '0.0.0.0', port: 0 }]
const open = (options: TransportOptions): Promise<DatagramTransport> =>
  openBatchTransport(loadBatchAddon(path), options)

if (needsAddon.skip === undefined) transportContract('openBatchTransport', open)

test(
  'openBatchTransport answers from whatever address was asked, listed or not',
  LIMIT,
  async (t) => {
    for (const singlePort of [false, true]) {
      const { listener } = await openEcho(t, { singlePort })
      const client = await openClient(t)
      for (const address of ['127.0.0.1', '127.0.0.77', '127.9.9.9', '127.0.0.77']) {
        client.send(address, { address, port: listener.port })
        const answer = await client.receive()
        assert.deepEqual([answer.payload.toString(), answer.address], [address, address])
        assert.equal(answer.port === listener.port, singlePort)
      }
    }
  },
)

test('openBatchTransport answers on the IPv6 wildcard from the address asked', LIMIT, async (t) => {
  const { listener } = await openEcho(t, { listen: [{ address: '::', port: 0 }] })
  const client = await openClient(t, '::1')
  client.send('boot', { address: '::1', port: listener.port })
  assert.equal((await client.receive()).address, '::1')
})

test('openBatchTransport tells of an address when it is first asked', LIMIT, async (t) => {
  const told: string[][] = []
  const onAddressesChanged = (listeners: readonly LocalSocket[]): void =>
    void told.push(listeners.map(({ address }) => address))
  const { listener } = await openEcho(t, { onAddressesChanged })
  const client = await openClient(t)
  for (const address of ['127.0.0.1', '127.0.0.5', '127.0.0.5']) {
    client.send('boot', { address, port: listener.port })
    await client.receive()
  }
  assert.deepEqual(told, [['127.0.0.1', '127.0.0.5']])
})

test('openBatchTransport answers a broadcast from a unicast address', LIMIT, async (t) => {
  const { listener } = await openEcho(t)
  const client = await openClient(t)
  client.allowBroadcast()
  client.send('where are you', { address: '127.255.255.255', port: listener.port })
  const answer = await client.receive()
  assert.equal(answer.payload.toString(), 'where are you')
  assert.equal(answer.address, '127.0.0.1')
})

test('openBatchTransport needs no list of addresses', LIMIT, async (t) => {
  const { listener } = await openEcho(t, {
    localAddresses: () => {
      throw new Error('not permitted')
    },
  })
  assert.equal(listener.address, '0.0.0.0')
  const client = await openClient(t)
  client.send('boot', { address: '127.0.0.9', port: listener.port })
  assert.equal((await client.receive()).address, '127.0.0.9')
})

test(
  'openBatchTransport lets a wildcard cover the fixed addresses of its port',
  LIMIT,
  async (t) => {
    const free = await openEcho(t)
    const { port } = free.listener
    await free.transport.close()
    const listen = ['127.0.0.1', '0.0.0.0'].map((address) => ({ address, port }))
    const { transport } = await openEcho(t, { listen })
    assert.deepEqual(
      transport.listeners.map(({ address }) => address),
      ['127.0.0.1'],
    )
  },
)

test('openBatchTransport shares its port only with those who share theirs', LIMIT, async (t) => {
  const { listener } = await openEcho(t, { reusePort: true })
  const listen = [{ address: '0.0.0.0', port: listener.port }]
  await assert.rejects(openEcho(t, { listen }), { code: 'EADDRINUSE' })
  const other = await openEcho(t, { listen, reusePort: true })
  assert.equal(other.listener.port, listener.port)
})

test(
  'openBatchTransport drops what comes to a port that never answered there',
  LIMIT,
  async (t) => {
    const heard: string[] = []
    const { transport, listener } = await openEcho(t, {}, (payload) => heard.push(payload))
    const client = await openClient(t)
    const id = transport.transferSocket(listener.id, peerOf(client))
    const { port = 0 } = transport.socket(id) ?? {}
    client.send('stray', { address: '127.0.0.8', port })
    client.send('meant', { address: '127.0.0.1', port })
    await client.receive()
    assert.deepEqual(heard, ['meant'])
  },
)

test('openBatchTransport cuts a run into what separate datagrams would be', LIMIT, async (t) => {
  const { transport, listener } = await openEcho(t)
  const client = await openClient(t)
  const run = Buffer.from(Array.from({ length: 500 * 70 + 7 }, (_, index) => index * 31))
  const offset = transport.reserve(run.length)
  transport.slab.set(run, offset)
  transport.commit(listener.id, peerOf(client), run.length, 500)
  transport.flush()
  const cut = (await client.receiveMany(71)).map(({ payload }) => payload)
  for (let start = 0; start < run.length; start += 500) {
    const datagram = run.subarray(start, start + 500)
    transport.slab.set(datagram, transport.reserve(datagram.length))
    transport.commit(listener.id, peerOf(client), datagram.length)
  }
  transport.flush()
  const separate = (await client.receiveMany(71)).map(({ payload }) => payload)
  assert.deepEqual(cut, separate)
  assert.deepEqual(Buffer.concat(cut), run)
})

test('openBatchTransport reports a failed send in one line and goes on', LIMIT, async (t) => {
  const warnings: string[] = []
  const onWarning = (message: string): void => void warnings.push(message)
  const { transport, listener } = await openEcho(t, { onWarning })
  const client = await openClient(t)
  transport.reserve(65_508)
  transport.commit(listener.id, peerOf(client), 65_508)
  const broadcast = { key: 0x7fff_ffff * 65_536 + 9, address: '127.255.255.255', port: 9 }
  for (let count = 0; count < 3; count++) {
    transport.reserve(1)
    transport.commit(listener.id, broadcast, 1)
  }
  client.send('boot', { address: '127.0.0.1', port: listener.port })
  transport.flush()
  assert.equal((await client.receive()).payload.toString(), 'boot')
  assert.equal(warnings.length, 2)
  assert.ok(warnings[0]?.startsWith(`Cannot send to 127.0.0.1:${client.port} (EMSGSIZE): `))
  assert.match(warnings[1] ?? '', /127\.255\.255\.255:9 \(EACCES\): .*broadcast/)
})

test(
  'openBatchTransport opens and closes thousands of times and leaves nothing',
  LIMIT,
  async () => {
    const openOnce = async (): Promise<void> => {
      const options = {
        listen: [{ address: '127.0.0.1', port: 0 }],
        onBatch: ignore,
        onWarning: ignore,
      }
      const transport = await open(options)
      const [listener] = transport.listeners
      transport.transferSocket(listener?.id ?? 0, { key: 0, address: '127.0.0.1', port: 9 })
      await transport.close()
    }
    await openOnce()
    const before = readdirSync('/proc/self/fd').length
    for (let count = 0; count < 2000; count++) await openOnce()
    assert.equal(readdirSync('/proc/self/fd').length, before)
  },
)

/** How each fault is met, and whether something may be lost by it. */
const faults: readonly [fault: string, isSegmenting: boolean, warning: RegExp][] = [
  ['none', true, /^$/],
  ['full', true, /^$/],
  ['interrupted', true, /^$/],
  ['partial', true, /^$/],
  ['no-offload', false, /^$/],
  ['narrow', false, /^$/],
  ['no-buffers', true, /^Cannot send to .* \(ENOBUFS\): the network card does not keep up$/],
]

for (const [fault, isSegmenting, warning] of faults) {
  test(
    `openBatchTransport delivers all in order when sendmmsg meets "${fault}"`,
    LIMIT,
    async () => {
      const { stdout, stderr } = await runChild(faultScript, { fault })
      const told = JSON.parse(stdout) as { texts: string[]; warnings: string[] }
      const all = ['first', ...Array.from({ length: 70 }, (_, index) => `run ${index}`), 'last']
      assert.deepEqual(told.texts, fault === 'no-buffers' ? all.slice(1) : all)
      assert.match(told.warnings.join('\n'), warning)
      const [, met, segmented] = /faults (\d+) segmented (\d+)/.exec(stderr) ?? []
      assert.equal(Number(met) > 0, fault !== 'none')
      assert.equal(Number(segmented) > 0, isSegmenting)
    },
  )
}

/** Sends one datagram, a run of 70 and one more, and prints what a client received of it. */
const faultScript = `
  const transport = await openTransport(() => {})
  const client = await UdpClient.open()
  const peer = { key: 0x7f000001 * 65536 + client.port, address: '127.0.0.1', port: client.port }
  const put = (bytes, segmentBytes) => {
    transport.slab.set(bytes, transport.reserve(bytes.length))
    transport.commit(transport.listeners[0].id, peer, bytes.length, segmentBytes)
  }
  put(Buffer.from('first'))
  const segments = Array.from({ length: 70 }, (_, index) => Buffer.from(('run ' + index).padEnd(300)))
  put(Buffer.concat(segments), 300)
  transport.flush()
  put(Buffer.from('last'))
  transport.flush()
  const texts = []
  while (texts.at(-1) !== 'last') texts.push((await client.receive()).payload.toString().trim())
  console.log(JSON.stringify({ texts, warnings }))
  await Promise.all([transport.close(), client.close()])`

test('openBatchTransport leaves nothing that keeps the process alive', LIMIT, async () => {
  const script = `
    const transport = await openTransport(() => {})
    await transport.close()
    console.log('closed')`
  assert.equal((await runChild(script)).stdout, 'closed\n')
})

test('openBatchTransport goes on after its handler threw', LIMIT, async () => {
  const script = `
    process.on('uncaughtException', (error) => console.log(error.message))
    let count = 0
    const transport = await openTransport(() => {
      count += 1
      if (count === 1) throw new Error('thrown by the handler')
      console.log('heard')
      void Promise.all([transport.close(), client.close()])
    })
    const client = await UdpClient.open()
    const [listener] = transport.listeners
    client.send('one', listener)
    process.once('uncaughtException', () => client.send('two', listener))`
  assert.equal((await runChild(script)).stdout, 'thrown by the handler\nheard\n')
})

test('openBatchTransport ends with its worker, open or closing', LIMIT, async () => {
  const script = `
    import { Worker } from 'node:worker_threads'
    const worker = new Worker(\`
      const { parentPort } = require('node:worker_threads')
      const addon = require(process.argv[2])
      const words = (count) => new Uint32Array(count)
      for (const isClosing of [false, true, false]) {
        const native = addon.create(new Uint8Array(4096), words(4), words(4), words(48), () => {})
        addon.bind(native, '127.0.0.1', 0, 65536, true, words(3))
        if (isClosing) addon.close(native, () => {})
      }
      parentPort.postMessage('open')
      setInterval(() => {}, 1000)\`, { eval: true, execArgv: [], argv: [process.argv[1]] })
    worker.once('message', async () => console.log('ended', await worker.terminate()))`
  assert.equal((await runChild(script)).stdout, 'ended 1\n')
})

test('openBatchTransport exits with traffic in flight', LIMIT, async () => {
  const script = `
    const transport = await openTransport(() => {
      void transport.close()
      process.exit(7)
    })
    const client = await UdpClient.open()
    for (let count = 0; count < 500; count++) client.send('boot', transport.listeners[0])`
  await assert.rejects(runChild(script), { code: 7 })
})

/** Runs a script that finds `openTransport`, `UdpClient` and `warnings`. */
async function runChild(
  script: string,
  { fault }: { readonly fault?: string } = {},
): Promise<{ stdout: string; stderr: string }> {
  const prelude = `
    import { openBatchTransport } from '${import.meta.resolve('./batch-transport.ts')}'
    import { loadBatchAddon } from '${import.meta.resolve('./addon.ts')}'
    import { UdpClient } from '${import.meta.resolve('../../testing/udp-client.ts')}'
    const warnings = []
    const listen = [{ address: '127.0.0.1', port: 0 }]
    const onWarning = (message) => warnings.push(message)
    const openTransport = (onBatch) =>
      openBatchTransport(loadBatchAddon(process.argv[1]), { listen, onBatch, onWarning })`
  const args = ['--input-type=module', '-e', prelude + script, path]
  const faulty = { LD_PRELOAD: faultyPath, TRIVET_FAULT: fault }
  const env = { ...process.env, ...(fault === undefined ? {} : faulty) }
  return promisify(execFile)(process.execPath, args, { env, timeout: 15_000 })
}

function ignore(): void {}

function peerOf({ port }: UdpClient): Peer {
  return { key: 0x7f00_0001 * 65_536 + port, address: '127.0.0.1', port }
}

async function openClient(t: TestContext, address?: string): Promise<UdpClient> {
  const client = await UdpClient.open(address)
  t.after(() => client.close())
  return client
}

interface Echo {
  readonly transport: DatagramTransport
  /** The first listener. */
  readonly listener: LocalSocket
}

/** Listens everywhere, knows of 127.0.0.1 only, and answers each datagram with itself. */
async function openEcho(
  t: TestContext,
  wanted: Partial<TransportOptions> = {},
  onPayload: (payload: string) => void = ignore,
): Promise<Echo> {
  const onBatch: BatchHandler = (batch) => {
    for (let index = 0; index < batch.count; index++) {
      const start = batch.offsets[index] ?? 0
      const payload = batch.slab.subarray(start, start + (batch.lengths[index] ?? 0))
      onPayload(Buffer.from(payload).toString())
      const peer = batch.peer(index)
      transport.slab.set(payload, transport.reserve(payload.length))
      const from = batch.sockets[index] ?? 0
      const isRequest = transport.socket(from)?.role === 'listen'
      const socket = isRequest ? transport.transferSocket(from, peer) : from
      transport.commit(socket, peer, payload.length)
    }
    transport.flush()
  }
  const transport: DatagramTransport = await open({
    listen: ANY_IPV4,
    localAddresses: () => ['127.0.0.1', '::1'].map((address) => describeAddress(address, [])),
    onBatch,
    onWarning: (message) => assert.fail(message),
    ...wanted,
  })
  t.after(() => transport.close())
  return { transport, listener: transport.listeners[0] as LocalSocket }
}
