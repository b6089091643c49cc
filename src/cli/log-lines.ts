import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { CommandError, ExitStatus } from './command-error.ts'

/**
 * The JSON objects of a log, one a line; what is none is passed over.
 *
 * @param file - Undefined or `-`: standard input.
 * @throws {CommandError} When the file cannot be read.
 */
export async function* logLines(file: string | undefined): AsyncGenerator<object> {
  const isStandard = file === undefined || file === '-'
  const input = isStandard ? process.stdin : createReadStream(file)
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const parsed = parsedLine(line)
      if (typeof parsed === 'object' && parsed !== null) yield parsed
    }
  } catch (error) {
    if (error instanceof CommandError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`Cannot read the log "${file ?? '-'}": ${reason}`, ExitStatus.localFile)
  }
}

function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
