import { constants } from 'node:fs'
import { access, open } from 'node:fs/promises'
import { Refusal } from '../../base/refusal.ts'
import type { ScriptLaunch } from './script-process.ts'

/** How much of a script is looked at, in bytes: more than Linux reads of an interpreter line. */
const HEAD_BYTES = 512

/** The system has no room for another process now. */
const OUT_OF_ROOM = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM'])

/**
 * Looks whether a file can be run before it is tried.
 *
 * A text without `#!` must not reach the system: its library would hand it to `/bin/sh`, whatever
 * it holds.
 *
 * @throws {Refusal} `GENERATOR_FAILED`, saying what to do.
 */
export async function refuseUnrunnable(launch: ScriptLaunch): Promise<void> {
  const { file, title } = launch
  const code = await access(file, constants.X_OK).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  )
  if (code === 'ENOENT') throw failed(`${title} does not exist`)
  if (code !== undefined) throw failed(`${title} is not executable: run "chmod +x ${file}"`)
  const head = await headOf(file)
  if (head !== undefined && !head.startsWith('#!') && !head.includes('\0')) {
    throw failed(`${title} has no interpreter line: begin it with "#!/bin/sh" or the like`)
  }
}

/** Why a script could not be started, from what the system said. */
export async function launchProblem(launch: ScriptLaunch, error: unknown): Promise<Refusal> {
  const { title } = launch
  const { code = '', message } = error as NodeJS.ErrnoException
  if (OUT_OF_ROOM.has(code)) {
    return new Refusal('BUSY', `${title} cannot be started now: ${message}`, {
      wireMessage: 'The server is busy',
      cause: error,
    })
  }
  if (code !== 'ENOENT' && code !== 'EACCES') {
    return failed(`${title} cannot be started: ${message}`, error)
  }
  const interpreter = interpreterIn((await headOf(launch.file)) ?? '')
  return failed(`${title} cannot be started: ${interpreterProblem(code, interpreter)}`, error)
}

function interpreterProblem(code: string, interpreter: string | undefined): string {
  if (interpreter?.endsWith('\r') === true) {
    return 'its interpreter line ends with a carriage return, save it with Unix line ends'
  }
  const what = interpreter === undefined ? 'the loader it needs' : `interpreter "${interpreter}"`
  if (code === 'ENOENT') return `${what} does not exist, correct the first line or install it`
  return `${what} may not be executed here, or its file system is mounted "noexec"`
}

/** The program behind `#!`, without its argument. */
function interpreterIn(head: string): string | undefined {
  return /^#![ \t]*([^ \t\n]+)/.exec(head)?.[1]
}

/** The first bytes as Latin-1; undefined when the file may be executed but not read. */
async function headOf(file: string): Promise<string | undefined> {
  try {
    await using handle = await open(file)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES))
    return buffer.toString('latin1', 0, bytesRead)
  } catch {
    return undefined
  }
}

function failed(message: string, cause?: unknown): Refusal {
  const wireMessage = 'The file could not be made'
  return new Refusal('GENERATOR_FAILED', message, { wireMessage, cause })
}
