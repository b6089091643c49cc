import { type ChildProcess, spawn } from 'node:child_process'
import { basename, dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Refusal } from '../../base/refusal.ts'

/** How long the group may take to end after SIGTERM before SIGKILL, in ms. */
const KILL_MS = 2000
/** How long a child of an ended script may hold its output open, in ms. */
const ORPHAN_MS = 250
/** Kept of standard error, in characters. */
const STDERR_CHARS_MAX = 16 * 1024

const WIRE_MESSAGE = 'The script failed'

export interface ScriptRun {
  /** Absolute path of the executable. */
  readonly file: string
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** The upload; null for a read. */
  readonly input: ReadableStream<Uint8Array> | null
  /** Most bytes it may print. */
  readonly outputBytesMax: number
  /** Takes its standard error, once, when it is over. */
  readonly note: (text: string) => void
}

/**
 * One run of a script, in a process group of its own.
 *
 * Its output is over only when it has ended with status 0: a failed script never passes as a short file.
 */
export class ScriptProcess {
  readonly #run: ScriptRun
  readonly #child: ChildProcess
  readonly #startedAt = performance.now()
  readonly #exit: Promise<Refusal | undefined>
  readonly #chunks: AsyncIterator<Uint8Array>
  #stderr = ''
  #bytes = 0
  #killTimer: NodeJS.Timeout | undefined

  constructor(run: ScriptRun) {
    this.#run = run
    this.#child = spawn(run.file, [...run.arguments], {
      cwd: dirname(run.file),
      env: { ...run.environment },
      detached: true,
      stdio: [run.input === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    const { stdout, stderr } = this.#child
    if (stdout === null || stderr === null) throw new TypeError('A script has no output')
    this.#chunks = stdout[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
    stderr.setEncoding('utf8').on('data', (text: string) => {
      if (this.#stderr.length < STDERR_CHARS_MAX) this.#stderr += text
    })
    this.#feedInput()
    this.#exit = this.#untilExit()
  }

  /**
   * The next bytes of the output; undefined at the end of a successful run.
   *
   * @throws {Refusal} `GENERATOR_FAILED` when the script failed, `TOO_LARGE` when it printed too much.
   */
  async read(): Promise<Uint8Array | undefined> {
    const next = await this.#chunks.next().catch((error: unknown) => {
      throw this.#failure(`its output could not be read: ${String(error)}`)
    })
    if (next.done) {
      const failure = await this.#exit
      if (failure !== undefined) throw failure
      return undefined
    }
    this.#bytes += next.value.length
    if (this.#bytes <= this.#run.outputBytesMax) return next.value
    this.kill()
    throw new Refusal(
      'TOO_LARGE',
      `Script ${this.#name} printed more than ${this.#run.outputBytesMax} bytes`,
      { wireMessage: WIRE_MESSAGE },
    )
  }

  /** Ends the whole process group: SIGTERM, and SIGKILL if that is not enough. */
  kill(): void {
    this.#signal('SIGTERM')
    this.#killTimer ??= setTimeout(() => this.#signal('SIGKILL'), KILL_MS)
  }

  get #name(): string {
    return basename(this.#run.file)
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(-pid, signal)
    } catch {
      // The group is gone.
    }
  }

  #feedInput(): void {
    const { stdin } = this.#child
    const { input } = this.#run
    if (stdin === null || input === null) return
    // A script need not read its input: a broken pipe is its right. An upload that ends early ends the script.
    pipeline(Readable.fromWeb(input as never), stdin).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') this.kill()
    })
  }

  #untilExit(): Promise<Refusal | undefined> {
    return new Promise((resolve) => {
      this.#child.once('error', (error: NodeJS.ErrnoException) => {
        this.#child.stdout?.destroy()
        resolve(this.#failure(spawnReason(error)))
      })
      this.#child.once('exit', () => this.#endOrphans())
      // Closed: ended, and all it wrote to standard error is here.
      this.#child.once('close', (status, signal) => {
        clearTimeout(this.#killTimer)
        if (this.#stderr !== '') this.#run.note(this.#stderr.trimEnd())
        resolve(status === 0 ? undefined : this.#failure(exitReason(status, signal)))
      })
    })
  }

  /** A child that outlives its script must not keep the device waiting: what came is the file. */
  #endOrphans(): void {
    const { stdout } = this.#child
    const timer = setTimeout(() => {
      if (stdout === null || stdout.readableEnded || stdout.readableLength > 0) return
      this.#run.note('a child of the script held its output open and was ended')
      this.#signal('SIGKILL')
    }, ORPHAN_MS)
    this.#child.once('close', () => clearTimeout(timer))
  }

  #failure(reason: string): Refusal {
    const ms = Math.round(performance.now() - this.#startedAt)
    return new Refusal('GENERATOR_FAILED', `Script ${this.#name} ${reason} after ${ms} ms`, {
      wireMessage: WIRE_MESSAGE,
    })
  }
}

function exitReason(status: number | null, signal: NodeJS.Signals | null): string {
  return status === null ? `was ended by ${signal}` : `exited with status ${status}`
}

function spawnReason(error: NodeJS.ErrnoException): string {
  const advice: Readonly<Record<string, string>> = {
    EACCES: 'could not be run: it or its interpreter is not executable',
    ENOENT: 'could not be run: the interpreter in its first line does not exist',
    ENOEXEC: 'could not be run: its first line names no interpreter (#!/bin/sh)',
  }
  return advice[error.code ?? ''] ?? `could not be run: ${error.message}`
}
