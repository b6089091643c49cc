import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { launchProblem, refuseUnrunnable } from './launch-problem.ts'

/** What is to be run. */
export interface ScriptLaunch {
  /** Absolute path of the executable; it runs in its own folder. */
  readonly file: string
  /** How messages begin: `Cannot generate /phones/aa.cfg: script cgi/phone.py`. */
  readonly title: string
  readonly arguments: readonly string[]
  /** All of it: nothing is added. */
  readonly environment: Readonly<Record<string, string>>
  /** False: standard input is empty. */
  readonly hasInput: boolean
}

/** How a script ended: with a status, or by a signal. */
export interface ScriptExit {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  /** From start to end, in ms. */
  readonly durationMs: number
}

/** How long a process group may take to end after SIGTERM before it gets SIGKILL, in ms. */
const TERMINATE_MS = 2000

/**
 * Starts a script, without a shell, as the leader of a process group of its own.
 *
 * @throws {Refusal} `GENERATOR_FAILED` saying what to do when it cannot be executed, `BUSY` when
 *   the system has no room for another process.
 */
export async function startScript(launch: ScriptLaunch): Promise<ScriptProcess> {
  await refuseUnrunnable(launch)
  let child: ChildProcess | undefined
  try {
    child = spawn(launch.file, launch.arguments, {
      cwd: dirname(launch.file),
      // Under coverage Node adds this one variable of its own environment unless it is named.
      env: { NODE_V8_COVERAGE: undefined, ...launch.environment },
      detached: true,
      stdio: [launch.hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    })
    await once(child, 'spawn')
    return new ScriptProcess(child)
  } catch (error) {
    child?.stdout?.destroy()
    child?.stderr?.destroy()
    throw await launchProblem(launch, error)
  }
}

/** A running script and its process group. */
export class ScriptProcess {
  readonly #groupId: number
  readonly #startedAt = performance.now()
  readonly #exited: Promise<ScriptExit>
  #killTimer: NodeJS.Timeout | undefined
  #isGone = false
  /** Null when the script has no input. */
  readonly stdin: Writable | null
  readonly stdout: Readable
  readonly stderr: Readable

  constructor(child: ChildProcess) {
    const { pid, stdin, stdout, stderr } = child
    if (pid === undefined || stdout === null || stderr === null) {
      throw new TypeError('A script was started without pipes')
    }
    this.#groupId = pid
    this.stdin = stdin
    this.stdout = stdout
    this.stderr = stderr
    const { promise, resolve } = Promise.withResolvers<ScriptExit>()
    this.#exited = promise
    child.once('exit', (status, signal) => {
      this.#isGone = !this.#signal(0)
      if (this.#isGone) clearTimeout(this.#killTimer)
      resolve({ status, signal, durationMs: this.runningMs })
    })
  }

  /**
   * Settles when the script has ended, whatever became of the processes it started. Never rejects.
   */
  get exited(): Promise<ScriptExit> {
    return this.#exited
  }

  /** Time since the start, in whole ms. */
  get runningMs(): number {
    return Math.round(performance.now() - this.#startedAt)
  }

  /** Asks the whole group to end, and ends it 2 s later if it has not. */
  terminate(): void {
    if (this.#signal('SIGTERM')) {
      this.#killTimer ??= setTimeout(() => this.kill(), TERMINATE_MS)
    }
  }

  /** Ends the whole group at once. */
  kill(): void {
    this.#signal('SIGKILL')
  }

  /**
   * A group that was empty when its leader ended is never signalled again: its number may be
   * another's by then.
   *
   * @returns False when the group has no process left.
   */
  #signal(signal: NodeJS.Signals | 0): boolean {
    if (this.#isGone) return false
    try {
      return process.kill(-this.#groupId, signal)
    } catch {
      return false
    }
  }
}
