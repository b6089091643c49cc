import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { JournalEntry } from '../observe/journal.ts'

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
/** A server that has not become ready by then never will, in ms. */
const READY_MS = 20_000
/** An entry that is not written by then never will be, in ms: longer than any hold in a test. */
const ENTRY_MS = 60_000

interface Listening {
  readonly address: string
  readonly port: number
}

/** `trivet serve` as a process of its own, as users run it. */
export interface ServerProcess extends AsyncDisposable {
  readonly tftp: readonly Listening[]
  readonly http: readonly Listening[]
  readonly https: readonly Listening[]
  readonly process: ChildProcess
  /** The ready line's commands. */
  readonly tryLines: readonly string[]
  /** Journal entries so far, oldest first. */
  readonly entries: readonly JournalEntry[]
  /** Waits for a journal entry, one that is there already or the next to come. */
  entry(matches: (entry: JournalEntry) => boolean): Promise<JournalEntry>
  /** Waits for a line of the log that is no journal entry, one that is there already or not. */
  logged(text: RegExp): Promise<void>
  /** What it printed to standard error so far. */
  errorText(): string
}

const ANY_PORTS = ['--tftp', '127.0.0.1:0', '--http', '127.0.0.1:0']

/**
 * Starts the server: by default at a free loopback port for each front, unadministered.
 *
 * @param within - A command that runs the command behind it: `ip netns exec NAME`.
 */
export async function startServerProcess(
  site: string,
  args: readonly string[] = [...ANY_PORTS, '--admin', 'none'],
  environment: Readonly<Record<string, string>> = {},
  within: readonly string[] = [],
): Promise<ServerProcess> {
  const command = [...within, process.execPath, MAIN, 'serve', site, ...args]
  const child = spawn(command[0] ?? '', command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  const output = new ProcessOutput(child)
  const ready = await output.ready()
  return {
    ...ready,
    process: child,
    entries: output.entries,
    entry: (matches) => output.entry(matches),
    logged: (text) => output.logged(text),
    errorText: () => output.errorText,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

interface Ready {
  readonly tftp: readonly Listening[]
  readonly http: readonly Listening[]
  readonly https: readonly Listening[]
  readonly tryLines: readonly string[]
}

/** Reads the log lines of a server process. */
class ProcessOutput {
  readonly entries: JournalEntry[] = []
  errorText = ''
  readonly #messages: string[] = []
  readonly #child: ChildProcess
  readonly #waiting = new Set<() => void>()
  #ready: Ready | undefined

  constructor(child: ChildProcess) {
    this.#child = child
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errorText += text
    })
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', (line) => this.#take(line))
  }

  ready(): Promise<Ready> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        clearTimeout(timer)
        reject(new Error(`The server ${reason}: ${this.errorText}`))
      }
      const timer = setTimeout(() => fail(`was not ready after ${READY_MS} ms`), READY_MS)
      this.#child.once('exit', (status) => fail(`ended with status ${status}`))
      this.#when(() => this.#ready !== undefined).then(() => {
        clearTimeout(timer)
        if (this.#ready) resolve(this.#ready)
      }, reject)
    })
  }

  async entry(matches: (entry: JournalEntry) => boolean): Promise<JournalEntry> {
    await this.#inTime(
      () => this.entries.some(matches),
      () => `No such entry among ${this.#listed()}`,
    )
    const found = this.entries.find(matches)
    if (found === undefined) throw new TypeError('The entry is gone')
    return found
  }

  logged(text: RegExp): Promise<void> {
    return this.#inTime(
      () => this.#messages.some((message) => text.test(message)),
      () => `${String(text)} is not among ${this.#messages.join('\n')}`,
    )
  }

  async #inTime(isTrue: () => boolean, reason: () => string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(reason())), ENTRY_MS)
      this.#when(isTrue).then(() => {
        clearTimeout(timer)
        resolve()
      }, reject)
    })
  }

  #listed(): string {
    return this.entries.map(({ path, outcome }) => `${path} ${outcome}`).join(', ')
  }

  #when(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return Promise.resolve()
    return new Promise((resolve) => {
      const check = (): void => {
        if (!isTrue()) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
    })
  }

  #take(line: string): void {
    const parsed = JSON.parse(line) as { msg?: string; outcome?: string } & Record<string, unknown>
    if (parsed.msg === 'ready') {
      const { tftp, http, https } = parsed as unknown as Ready
      this.#ready = { tftp, http, https, tryLines: parsed['try'] as string[] }
    } else if (parsed.outcome !== undefined) {
      this.entries.push(parsed as unknown as JournalEntry)
    } else this.#messages.push(parsed.msg ?? '')
    for (const check of this.#waiting) check()
  }
}
