import { Worker } from 'node:worker_threads'
import type { ListenAddress, SiteConfig } from '../../config/site.ts'
import type { Journal } from '../../observe/journal.ts'
import type { Log } from '../../observe/log.ts'
import type { Answerer } from '../../routing/answer.ts'
import { AnswerHost } from './answer-host.ts'
import { MessageBatch } from './message-batch.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import type { WorkerTask } from './tftp-worker.ts'

/** How long a worker that ended is left before another takes its place, in ms. */
const RESTART_MS = 1000

export interface TftpWorkersOptions {
  readonly count: number
  readonly site: SiteConfig
  readonly tftp: readonly ListenAddress[]
  readonly singlePort: boolean
  readonly answer: Answerer
  readonly journal: Journal
  readonly log: Log
  readonly newId: () => string
}

/**
 * Threads that speak TFTP, all on the same ports: the system gives each client to one of them
 * (`SO_REUSEPORT`), and its repeats to the same one. Files are made in this thread, once for all,
 * and the journal is written here.
 */
export class TftpWorkers {
  readonly #options: TftpWorkersOptions
  readonly #seats: Seat[] = []
  readonly #idPrefix: string
  #tftp: readonly ListenAddress[]
  #listeners: readonly ListenAddress[] = []
  #isOver = false

  /** @throws {Error} When one cannot listen; none is left then. */
  static async start(options: TftpWorkersOptions): Promise<TftpWorkers> {
    const workers = new TftpWorkers(options)
    try {
      for (let index = 0; index < options.count; index += 1) await workers.#fill(index)
      return workers
    } catch (error) {
      await workers.stop()
      throw error
    }
  }

  private constructor(options: TftpWorkersOptions) {
    this.#options = options
    this.#idPrefix = options.newId()
    this.#tftp = options.tftp
  }

  /** Where they listen, ports filled in. */
  get listeners(): readonly ListenAddress[] {
    return this.#listeners
  }

  /** Takes nothing new and resolves when all transfers have ended. */
  async drain(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#seats.map((seat) => seat.drain()))
    await this.stop()
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#seats.map((seat) => seat.stop()))
  }

  async #fill(index: number): Promise<void> {
    const { site, singlePort, answer, journal, log } = this.#options
    const { limits, clients, listen } = site
    const { transferPorts } = listen
    const settings = { limits, clients, transferPorts, singlePort }
    const idPrefix = `${this.#idPrefix}.${index}`
    const task: WorkerTask = { index, idPrefix, tftp: this.#tftp, ...settings }
    const seat = new Seat(task, { answer, journal, log, onLost: () => this.#lost(index) })
    this.#seats[index] = seat
    // The first learns the port where the system chooses; the others share it.
    this.#listeners = await seat.ready
    this.#tftp = withPorts(this.#tftp, this.#listeners)
  }

  /** Its clients ask again and find the others; another takes its place. */
  #lost(index: number): void {
    if (this.#isOver) return
    this.#options.log.error({ worker: index }, 'a worker ended, another takes its place')
    setTimeout(() => {
      if (this.#isOver) return
      this.#fill(index).catch((error: unknown) =>
        this.#options.log.error({ err: error, worker: index }, 'a worker cannot be started'),
      )
    }, RESTART_MS).unref()
  }
}

/** As it is here, or as it is once it is built. */
const workerModule = new URL(
  import.meta.url.endsWith('.ts') ? './tftp-worker.ts' : './tftp-worker.js',
  import.meta.url,
)

/** The ports that the system chose, in the place of 0. */
function withPorts(
  wanted: readonly ListenAddress[],
  got: readonly ListenAddress[],
): readonly ListenAddress[] {
  return wanted.map(({ address, port }) => {
    const found = got.find((one) => one.address === address) ?? got[0]
    return { address, port: port === 0 ? (found?.port ?? 0) : port }
  })
}

/** One worker, from its start to its end. */
class Seat {
  readonly ready: Promise<readonly ListenAddress[]>
  readonly #worker: Worker
  readonly #host: AnswerHost
  readonly #batch: MessageBatch<ToWorker>
  readonly #log: Log
  readonly #started = Promise.withResolvers<readonly ListenAddress[]>()
  readonly #idle = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<void>()

  constructor(
    task: WorkerTask,
    parts: {
      readonly answer: Answerer
      readonly journal: Journal
      readonly log: Log
      readonly onLost: () => void
    },
  ) {
    const { answer, journal, log } = parts
    this.ready = this.#started.promise
    this.#log = log
    this.#worker = new Worker(workerModule, {
      workerData: task,
      name: `tftp ${task.index}`,
    })
    this.#batch = new MessageBatch<ToWorker>(this.#worker)
    this.#host = new AnswerHost({ answer, journal, send: (message) => this.#batch.send(message) })
    this.#worker.on('message', (messages: readonly FromWorker[]) => {
      for (const message of messages) this.#receive(message)
    })
    this.#worker.on('error', (error) => {
      log.error({ err: error, worker: task.index }, 'a worker failed')
      this.#started.reject(error)
    })
    this.#worker.on('exit', () => {
      this.#host.abandon()
      this.#started.reject(new Error('A worker ended before it was ready'))
      this.#idle.resolve()
      this.#ended.resolve()
      parts.onLost()
    })
  }

  async drain(): Promise<void> {
    this.#batch.send({ kind: 'drain' })
    await this.#idle.promise
  }

  async stop(): Promise<void> {
    this.#batch.send({ kind: 'stop' })
    await this.#ended.promise
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        return this.#started.resolve(message.listeners)
      case 'failed':
        return this.#started.reject(new Error(message.message))
      case 'idle':
        return this.#idle.resolve()
      case 'log':
        return this.#log[message.level](message.fields, message.text)
      default:
        this.#host.receive(message)
    }
  }
}
