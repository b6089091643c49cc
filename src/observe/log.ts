import { createRequire } from 'node:module'
import type Pretty from 'pino-pretty'
import { type DestinationStream, pino, type Logger } from 'pino'

/** Lines that wait to be written: a system call for each would cost more. */
const BUFFER_CHARACTERS = 32_768
/** How long they wait at most, in ms. */
const FLUSH_MS = 20

/** A pino logger. */
export type Log = Logger

const require = createRequire(import.meta.url)

type Level = 'debug' | 'info' | 'warn' | 'error'

export interface LogOptions {
  /** Lines below this level are not written. Default `info`. */
  readonly level?: Level
  /**
   * True: coloured lines for people; false: JSON lines for programs. Default: whether standard
   * output is a terminal.
   */
  readonly isPretty?: boolean
}

/**
 * The server's log, on standard output: one JSON line each, some 20 ms late, or readable lines on a
 * terminal.
 *
 * Written synchronously when pretty, so that lines stay in order with what the shell prints.
 */
export function createLog(options: LogOptions = {}): Log {
  const level = options.level ?? 'info'
  const isPretty = options.isPretty ?? process.stdout.isTTY
  const base = { level, base: null }
  if (!isPretty) return pino(base, bufferedOutput())
  // Loaded where it is wanted: a server whose log goes to a file does without its memory.
  const pretty = require('pino-pretty') as typeof Pretty
  return pino(base, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }))
}

/** Standard output: lines wait for each other a little, and leave in any case at the end. */
function bufferedOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: false })
  let lines = ''
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const waiting = lines
    lines = ''
    if (waiting !== '') output.write(waiting)
  }
  process.on('exit', () => {
    flush()
    output.flushSync()
  })
  return {
    write(line: string) {
      lines += line
      if (lines.length >= BUFFER_CHARACTERS) flush()
      else timer ??= setTimeout(flush, FLUSH_MS)
    },
  }
}

/** A log that writes nothing, for tests and for tools that print their own lines. */
export function silentLog(): Log {
  return pino({ level: 'silent' })
}

/**
 * Writes a line of plain JSON data: what `log.info(fields, text)` writes, at half the cost. For
 * what is written once a request.
 */
export function writeLine(
  log: Log,
  line: { readonly level: Level; readonly fields: object; readonly text: string },
): void {
  const { level, fields, text } = line
  if (!log.isLevelEnabled(level)) return
  const rest = JSON.stringify(fields).slice(1)
  const start = `{"level":${log.levels.values[level] ?? 30},"time":${Date.now()},`
  const stream = (log as unknown as Record<symbol, DestinationStream>)[pino.symbols.streamSym]
  stream?.write(`${start}"msg":${JSON.stringify(text)},${rest}\n`)
}
