import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { parseKit } from '../../kits/read-kit.ts'
import { encodeError, encodeOack } from '../../protocol/tftp/packet.ts'
import { type ReplayedStep, replayWalk } from './replay-walk.ts'

const OPTIONS = "options: [[tsize, '0'], [blksize, '1468']]"

/** A kit whose one walk has these steps; a device of it lives at 127.0.62.7. */
function kitOf(steps: string) {
  const text = `title: t
summary: s
routes: [{ match: /a, static: a }]
inventory: { devices: { d: { addresses: [127.0.62.7] } } }
youSupply: ['files/boot/*.img: the kernel']
walks: [{ name: w, device: d, steps: [${steps}] }]
`
  return parseKit(text, { file: 'k/kit.yaml', folder: 'k' })
}

interface Played {
  readonly steps: readonly ReplayedStep[]
  /** Requests and ERRORs as they came, with the address they came from. */
  readonly heard: readonly string[]
}

/**
 * Plays the walk against a server that answers each datagram with these.
 *
 * @param until - What the server waits for before it is gone. Default nothing.
 */
async function played(
  steps: string,
  answersTo: (datagram: Buffer) => readonly Uint8Array[],
  until?: Promise<void>,
): Promise<Played> {
  const socket = createSocket('udp4')
  const heard: string[] = []
  socket.on('message', (datagram, { address, port }) => {
    heard.push(`${address} ${datagram.toString('latin1').replaceAll('\0', '.')}`)
    for (const answer of answersTo(datagram)) socket.send(answer, port, address)
  })
  socket.bind(0, '127.0.62.1')
  await once(socket, 'listening')
  const server = { host: '127.0.62.1', port: socket.address().port, giveUpMs: 300 }
  const kit = kitOf(steps)
  const [walk] = kit.content.walks
  assert.ok(walk)
  const replayed = await replayWalk(walk, kit, { tftp: server, http: server })
  await until
  socket.close()
  return { steps: replayed, heard }
}

function faultsOf({ steps }: Played): (string | undefined)[] {
  return steps.map(({ fault }) => fault)
}

function isRequest(datagram: Buffer): boolean {
  return datagram[1] === 1
}

const oack = (size: string): Uint8Array =>
  encodeOack(
    new Map([
      ['tsize', size],
      ['blksize', '1468'],
    ]),
  )
const data = (text: string): Buffer => Buffer.from(`\0\u{3}\0\u{1}${text}`)

/** Sends the file after ACK 0. */
function fileServer(size: string, text: string): (datagram: Buffer) => readonly Uint8Array[] {
  return (datagram) => {
    if (isRequest(datagram)) return [oack(size)]
    return datagram[1] === 4 && datagram[3] === 0 ? [data(text)] : []
  }
}

test('replayWalk asks from the address of the device, with the options in their order', async () => {
  const result = await played(
    `{ ask: a, ${OPTIONS}, answer: file, source: m }`,
    fileServer('3', 'abc'),
  )
  assert.equal(
    result.heard[0],
    '127.0.62.7 ..a.octet.tsize.0.blksize.1468.'.replace('..a', '.\u{1}a'),
  )
  assert.deepEqual(faultsOf(result), [undefined])
})

test('replayWalk asks as often as the kit says', async () => {
  const missing = encodeError({ code: 1, message: 'File not found' })
  const result = await played('{ ask: a, times: 4, answer: missing, source: m }', () => [missing])
  assert.equal(result.heard.length, 4)
  assert.deepEqual(faultsOf(result), [undefined, undefined, undefined, undefined])
})

test('replayWalk tells a size that is not true, and a content that is not right', async () => {
  const ask = `ask: a, ${OPTIONS}, answer: file, source: m`
  const lied = await played(`{ ${ask} }`, fileServer('5', 'abc'))
  assert.deepEqual(faultsOf(lied), ['found tsize 5, but the file has 3 bytes'])
  const wrong = await played(
    `{ ${ask}, lacks: [b] }, { ${ask}, contains: [abcd] }`,
    fileServer('3', 'abc'),
  )
  assert.deepEqual(faultsOf(wrong), ['the file holds "b"', 'the file does not hold "abcd"'])
})

test('replayWalk tells an ERROR that is not 1, a silence, and a file to bring along', async () => {
  const denied = encodeError({ code: 2, message: 'Denied' })
  const refused = await played('{ ask: a, answer: missing, source: m }', () => [denied])
  assert.deepEqual(faultsOf(refused), ['found refused (ERROR 2: Denied), expected missing'])
  const silent = await played('{ ask: a, answer: file, source: m }', () => [])
  assert.deepEqual(faultsOf(silent), ['found silent, expected file'])
  const missing = encodeError({ code: 1, message: 'No' })
  const supply = await played('{ ask: /boot/x.img, answer: file, source: m }', () => [missing])
  const told = 'found missing (ERROR 1: No), expected file: bring it along as files/boot/x.img'
  assert.deepEqual(faultsOf(supply), [told])
})

test('replayWalk stops with ERROR 8 at the OACK, and wants a size in it', async () => {
  const step = `{ ask: a, ${OPTIONS}, answer: stopped, source: m }`
  const { promise: stopped, resolve } = Promise.withResolvers<void>()
  const probed = (datagram: Buffer): readonly Uint8Array[] => {
    if (isRequest(datagram)) return [oack('7')]
    resolve()
    return []
  }
  const right = await played(step, probed, stopped)
  assert.equal(right.heard[1], '127.0.62.7 .\u{5}.\bUser aborted the transfer.')
  assert.deepEqual(faultsOf(right), [undefined])
  assert.equal(right.steps[0]?.answer.sizeBytes, 7)
  const bare = encodeOack(new Map([['blksize', '1468']]))
  const sizeless = await played(step, (datagram) => (isRequest(datagram) ? [bare] : []))
  assert.deepEqual(faultsOf(sizeless), ['found no tsize in the OACK'])
  const plain = await played(step, (datagram) => (isRequest(datagram) ? [data('abc')] : []))
  assert.deepEqual(faultsOf(plain), ['found refused (DATA without an OACK), expected stopped'])
})
