import { parentPort, workerData } from 'node:worker_threads'
import type { InboundBatch } from '../../base/datagram.ts'
import type { ClientRule, ListenAddress, SiteConfig } from '../../config/site.ts'
import type { TftpFrontLog } from '../../fronts/tftp/options.ts'
import { TftpFront } from '../../fronts/tftp/tftp-front.ts'
import type { JournalEntry } from '../../observe/journal.ts'
import { openTransport } from '../../transport/open-transport.ts'
import { profileFinder } from '../client-profiles.ts'
import { MessageBatch } from './message-batch.ts'
import type { FromWorker, LogLevel, ToWorker } from './messages.ts'
import { RemoteAnswerer } from './remote-answerer.ts'

/** What a worker is started with. */
export interface WorkerTask {
  /** Says whose request an id is. */
  readonly index: number
  readonly idPrefix: string
  readonly tftp: readonly ListenAddress[]
  readonly singlePort: boolean
  readonly transferPorts: number
  readonly limits: SiteConfig['limits']
  readonly clients: readonly ClientRule[]
}

const port = parentPort ?? missingPort()
const task = workerData as WorkerTask
const batch = new MessageBatch<FromWorker>(port)
const send = (message: FromWorker): void => batch.send(message)
const remote = new RemoteAnswerer(send)
const log: TftpFrontLog = {
  // One for each stray datagram would be a way to stop the server.
  debug: () => {},
  error: (fields, text) => say('error', fields, text),
}

try {
  const { front, listeners, close } = await openFront()
  send({ kind: 'ready', listeners })
  port.on('message', (messages: readonly ToWorker[]) => {
    for (const message of messages) {
      if (message.kind === 'drain') void front.drain().then(() => send({ kind: 'idle' }))
      else if (message.kind === 'stop') void stop(front, close)
      else remote.receive(message)
    }
  })
} catch (error) {
  send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
}

interface OpenFront {
  readonly front: TftpFront
  readonly listeners: readonly ListenAddress[]
  readonly close: () => Promise<void>
}

async function openFront(): Promise<OpenFront> {
  const { limits } = task
  let front: TftpFront | undefined
  let count = 0
  const transport = await openTransport({
    listen: task.tftp,
    singlePort: task.singlePort,
    transferPorts: task.transferPorts,
    reusePort: true,
    onBatch: (received: InboundBatch) => front?.receive(received),
    onWarning: (message: string) => say('warn', {}, message),
  })
  front = new TftpFront({
    transport,
    answer: remote.answer,
    journal: { record: recordEntry },
    log,
    newId: () => {
      count += 1
      return `${task.idPrefix}-${count}`
    },
    endpoint: limits,
    collectBytesMax: limits.collectBytesMax,
    profileNameOf: profileFinder(task.clients),
  })
  const listeners = transport.listeners.map(({ address, port: number }) => ({
    address,
    port: number,
  }))
  return { front, listeners, close: () => transport.close() }
}

async function stop(front: TftpFront, close: () => Promise<void>): Promise<void> {
  front.stop()
  await close()
  batch.flush()
  port.close()
}

function recordEntry(entry: JournalEntry): void {
  remote.forget(entry.id)
  send({ kind: 'entry', entry })
}

/** What the front says, said by the thread that has the log. */
function say(level: LogLevel, fields: object, text: string): void {
  send({ kind: 'log', level, fields: plain(fields), text })
}

/** Errors lose their stack on the way, unless it is told as text. */
function plain(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]: [string, unknown]) => [
      key,
      value instanceof Error ? { message: value.message, stack: value.stack } : value,
    ]),
  )
}

function missingPort(): never {
  throw new TypeError('This module is a worker thread, started by TftpWorkers')
}
