import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { silentLog } from '../observe/log.ts'
import { NeighbourFinder } from './neighbour-finder.ts'

// Goal: the kernel's neighbour table tells who asks, at the first datagram already. Method: two
// network namespaces with a cable between them; a datagram from one, looked up in the other.

const SERVER = `trivet-server-${process.pid}`
const CLIENT = `trivet-client-${process.pid}`
const MAC = '02:00:00:00:00:c1'

/** Prints what is found of each sender of a datagram, one line of JSON each. */
const LOOKING = `
  import { createSocket } from 'node:dgram'
  import { NeighbourFinder } from ${JSON.stringify(import.meta.resolve('./neighbour-finder.ts'))}
  const log = { warn: (text) => console.error(text) }
  const finder = new NeighbourFinder(log)
  const socket = createSocket('udp6', (_, { address: clientAddress }) => {
    console.log(JSON.stringify(finder.find({ clientAddress, headers: new Headers(), params: {} })))
  })
  socket.bind(6969, '::', () => console.log('ready'))
`
const SENDING = `
  import { createSocket } from 'node:dgram'
  const [, address] = process.argv
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.send('?', 6969, address, () => socket.close())
`

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' })
}

/** Why there can be no namespaces here; undefined when there can. */
function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  try {
    ip('netns', 'add', SERVER)
    ip('netns', 'add', CLIENT)
    ip('-n', SERVER, 'link', 'add', 'name', 'cable0', 'type', 'veth', 'peer', 'name', 'cable1')
    return undefined
  } catch (error) {
    removeNamespaces()
    return `no network namespaces: ${error instanceof Error ? error.message : String(error)}`
  }
}

function removeNamespaces(): void {
  for (const name of [SERVER, CLIENT]) {
    try {
      ip('netns', 'del', name)
    } catch {
      // It was never made.
    }
  }
}

function plugIn(): void {
  ip('-n', SERVER, 'link', 'set', 'cable1', 'netns', CLIENT)
  ip('-n', CLIENT, 'link', 'set', 'cable1', 'address', MAC)
  const ends: readonly [string, string, number][] = [
    [SERVER, 'cable0', 1],
    [CLIENT, 'cable1', 2],
  ]
  for (const [namespace, cable, host] of ends) {
    ip('-n', namespace, 'addr', 'add', `10.99.0.${host}/24`, 'dev', cable)
    // Without a wait for others with the same address.
    ip('-n', namespace, 'addr', 'add', `2001:db8:99::${host}/64`, 'dev', cable, 'nodad')
    ip('-n', namespace, 'link', 'set', cable, 'up')
  }
}

function runIn(namespace: string, program: string, ...args: readonly string[]): ChildProcess {
  const node = [process.execPath, '--input-type=module', '-e', program, ...args]
  return spawn('ip', ['netns', 'exec', namespace, ...node], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

test('NeighbourFinder knows who sent the first datagram, by IPv4 and IPv6', async (context) => {
  const reason = obstacle()
  if (reason !== undefined) {
    context.skip(reason)
    return
  }
  let looking: ChildProcess | undefined
  try {
    plugIn()
    looking = runIn(SERVER, LOOKING)
    const lines = createInterface({ input: looking.stdout ?? assert.fail() })[
      Symbol.asyncIterator
    ]()
    assert.equal((await lines.next()).value, 'ready')
    const wheres = { '10.99.0.1': '/proc/net/arp', '2001:db8:99::1': 'ip -6 neigh' }
    for (const [address, where] of Object.entries(wheres)) {
      runIn(CLIENT, SENDING, address)
      const found: unknown = JSON.parse(String((await lines.next()).value))
      assert.deepEqual(found, [{ evidence: { mac: MAC }, finder: 'neighbour', where }])
    }
  } finally {
    if (looking?.kill() === true) await once(looking, 'exit')
    removeNamespaces()
  }
})

test('NeighbourFinder knows nobody on this machine itself, nor what is no address', () => {
  const finder = new NeighbourFinder(silentLog())
  for (const clientAddress of ['127.0.0.1', '::1', '::ffff:127.0.0.1', 'nobody']) {
    assert.deepEqual(finder.find({ clientAddress, headers: new Headers(), params: {} }), [])
  }
})
