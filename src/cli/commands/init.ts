import { resolve } from 'node:path'
import { KitConflictError } from '../../kits/kit-conflict.ts'
import { InTheWayError, writeSite } from '../../kits/write-site.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import { kitOrError } from '../kits/kit-or-error.ts'
import { initText, nextSteps } from '../kits/next-steps.ts'
import { listKits } from './kit.ts'

export interface InitOptions {
  readonly kit?: readonly string[]
  readonly list?: boolean
  readonly force?: boolean
  readonly json?: boolean
}

/** Writes a site for the devices that the kits are about. @returns The exit status. */
export async function init(target: string | undefined, options: InitOptions): Promise<number> {
  if (options.list === true) return await listKits(options)
  const names = [...new Set(options.kit)]
  if (names.length === 0) {
    const message = 'Found no --kit NAME, at least one is needed: trivet init --list has them all'
    throw new CommandError(message, ExitStatus.usage)
  }
  const kits = []
  for (const name of names) kits.push(await kitOrError(name))
  const folder = resolve(target ?? '.')
  try {
    const written = await writeSite(folder, kits, options.force)
    const report = { folder, ...written, next: nextSteps(folder, kits) }
    const text = options.json
      ? `${JSON.stringify(report, null, 2)}\n`
      : initText(folder, kits, written)
    process.stdout.write(text)
    return ExitStatus.done
  } catch (error) {
    throw expected(error)
  }
}

function expected(error: unknown): unknown {
  if (error instanceof KitConflictError) {
    return new CommandError(error.message, ExitStatus.refused)
  }
  if (error instanceof InTheWayError) {
    const hint = 'nothing was written; --force keeps copies of them as NAME.before-init'
    return new CommandError(`${error.message}: ${hint}`, ExitStatus.refused)
  }
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  return new CommandError(`Cannot write the site: ${message}`, ExitStatus.localFile)
}
