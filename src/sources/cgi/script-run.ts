import type { Readable } from 'node:stream'
import { Refusal, type RefusalCode } from '../../base/refusal.ts'
import { ErrorOutput } from './error-output.ts'
import { feedScript, type ScriptInput } from './script-input.ts'
import type { ScriptExit, ScriptProcess } from './script-process.ts'

/** What a run may do, and who hears of it. */
export interface ScriptRunOptions {
  /** How messages begin: `Cannot generate /phones/aa.cfg: script cgi/phone.py`. */
  readonly title: string
  readonly input: ScriptInput | undefined
  /** Most bytes the script may print. */
  readonly outputBytesMax: number
  /** Ends the run. */
  readonly signal: AbortSignal
  /** Takes lines for the journal. */
  readonly note: (text: string) => void
}

/**
 * How long readers wait, in all, for the output of a script that has ended to end as well, in ms.
 */
const GRACE_MS = 250

/**
 * The output of one script, read chunk by chunk.
 *
 * Its end is only given when the script has ended with status 0: what a failed script printed never
 * passes as a whole file. When readers do not read, the script waits. Whatever happens, the process
 * group ends and nothing stays open.
 */
export class ScriptRun {
  readonly #process: ScriptProcess
  readonly #options: ScriptRunOptions
  readonly #errors: ErrorOutput
  #exit: ScriptExit | undefined
  #failure: Refusal | undefined
  #bytes = 0
  #graceLeftMs = GRACE_MS
  #isGraceOver = false
  #isOver = false
  #wake = (): void => {}

  constructor(process: ScriptProcess, options: ScriptRunOptions) {
    this.#process = process
    this.#options = options
    this.#errors = new ErrorOutput(process.stderr)
    const wake = (): void => this.#wake()
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('end', wake).on('close', wake)
      stream.on('error', (error) => this.stop('GENERATOR_FAILED', `broke off: ${error.message}`))
    }
    process.stdout.on('readable', wake)
    void process.exited.then((exit) => {
      this.#exit = exit
      wake()
    })
    options.signal.addEventListener('abort', this.#abort)
    if (options.signal.aborted) this.#abort()
    else if (options.input !== undefined) this.#feed(options.input)
  }

  /**
   * The next bytes, never empty; undefined at the end of a script that succeeded.
   *
   * @throws {Refusal} `GENERATOR_FAILED` when the script failed, `GENERATOR_TIMEOUT` when it was
   *   ended, `TOO_LARGE` when it printed too much, `MALFORMED_REQUEST` when the upload broke off.
   */
  async read(): Promise<Uint8Array | undefined> {
    const chunk = await this.#nextChunk()
    if (chunk === undefined) {
      await this.#end()
      return undefined
    }
    this.#bytes += chunk.length
    const { outputBytesMax } = this.#options
    if (this.#bytes <= outputBytesMax) return chunk
    throw this.stop('TOO_LARGE', `printed more than ${outputBytesMax} bytes, its outputBytesMax`)
  }

  /**
   * Ends the script and all it started. Without effect on a run that is over.
   *
   * @param what - Why, to go on after the script's name.
   * @returns What readers are told from now on.
   */
  stop(code: RefusalCode, what: string): Refusal {
    return this.fail(this.#refusal(code, what))
  }

  /** As `stop`, with a refusal that is there already. */
  fail(refusal: Refusal): Refusal {
    if (this.#isOver) return this.#failure ?? refusal
    this.#failure = refusal
    this.#process.terminate()
    this.#settle()
    this.#wake()
    return refusal
  }

  readonly #abort = (): void => {
    const ms = this.#process.runningMs
    this.stop(
      'GENERATOR_TIMEOUT',
      `was ended after ${ms} ms: the deadline has passed or the client is gone`,
    )
  }

  async #nextChunk(): Promise<Uint8Array | undefined> {
    const { stdout } = this.#process
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      const chunk = stdout.read() as Buffer | null
      if (chunk !== null) return chunk
      if (isEnded(stdout) || this.#isGraceOver) return undefined
      await this.#change()
    }
  }

  async #end(): Promise<void> {
    const { stderr } = this.#process
    while (this.#exit === undefined || (!isEnded(stderr) && !this.#isGraceOver)) {
      if (this.#failure !== undefined) throw this.#failure
      await this.#change()
    }
    if (this.#failure !== undefined) throw this.#failure
    if (this.#isGraceOver) this.#endLeftBehind()
    this.#settle()
    this.#failure = this.#exitFailure(this.#exit)
    if (this.#failure !== undefined) throw this.#failure
  }

  /** A process that outlives its script must not keep the device waiting: what came is the file. */
  #endLeftBehind(): void {
    this.#process.kill()
    this.#options.note(
      'a process that the script left behind held its output open and was ended; ' +
        'what shall go on must give it up: job >/dev/null 2>&1 &',
    )
  }

  /**
   * Waits until something happens; once the script has ended, no longer than what is left of the
   * grace.
   */
  async #change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<'event' | 'silence'>()
    this.#wake = () => resolve('event')
    if (this.#exit === undefined) return void (await promise)
    const startedAt = performance.now()
    const silence = (): void => resolve('silence')
    // A busy server is late for its own timers: what waits in the pipe by then is looked at before
    // the end is near.
    const timer = setTimeout(() => setImmediate(silence), Math.max(0, this.#graceLeftMs))
    this.#isGraceOver = (await promise) === 'silence'
    clearTimeout(timer)
    this.#graceLeftMs -= performance.now() - startedAt
  }

  #feed(input: ScriptInput): void {
    const { stdin } = this.#process
    if (stdin === null) throw new TypeError('A script with an upload has no input')
    feedScript(stdin, input).catch((error: unknown) => {
      this.fail(error instanceof Refusal ? error : this.#refusal('GENERATOR_FAILED', String(error)))
    })
  }

  #settle(): void {
    this.#isOver = true
    this.#options.signal.removeEventListener('abort', this.#abort)
    this.#process.stdout.destroy()
    this.#process.stderr.destroy()
    const { text } = this.#errors
    if (text !== '') this.#options.note(text)
  }

  #exitFailure({ status, signal, durationMs }: ScriptExit): Refusal | undefined {
    if (status === 0) return undefined
    const how = status === null ? `was ended by ${signal}` : `exited with status ${status}`
    return this.#refusal('GENERATOR_FAILED', `${how} after ${durationMs} ms`)
  }

  #refusal(code: RefusalCode, what: string): Refusal {
    return new Refusal(code, `${this.#options.title} ${what}`, { wireMessage: wireMessages(code) })
  }
}

/** What the device hears: nothing of the script. */
function wireMessages(code: RefusalCode): string {
  if (code === 'GENERATOR_TIMEOUT') return 'The file was not ready in time'
  return code === 'TOO_LARGE' ? 'The file is too large' : 'The file could not be made'
}

function isEnded(stream: Readable): boolean {
  return stream.readableEnded || stream.destroyed
}
