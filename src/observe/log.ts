import { pino, type Logger } from 'pino'
import pretty from 'pino-pretty'

/** A pino logger. */
export type Log = Logger

export interface LogOptions {
  /** Lines below this level are not written. Default `info`. */
  readonly level?: 'debug' | 'info' | 'warn' | 'error'
  /**
   * True: coloured lines for people; false: JSON lines for programs. Default: whether standard
   * output is a terminal.
   */
  readonly isPretty?: boolean
}

/**
 * The server's log, on standard output: one JSON line each, or readable lines on a terminal.
 *
 * Written synchronously when pretty, so that lines stay in order with what the shell prints.
 */
export function createLog(options: LogOptions = {}): Log {
  const level = options.level ?? 'info'
  const isPretty = options.isPretty ?? process.stdout.isTTY
  const base = { level, base: null }
  if (!isPretty) return pino(base)
  return pino(base, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }))
}

/** A log that writes nothing, for tests and for tools that print their own lines. */
export function silentLog(): Log {
  return pino({ level: 'silent' })
}
