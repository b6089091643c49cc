import { readFile, writeFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { importMap } from '../../import-map/import-map.ts'
import type { Notice } from '../../import-map/imported-map.ts'
import type { MapKind } from '../../import-map/map-kinds.ts'
import { writeImportedSite } from '../../import-map/write-site.ts'
import { CommandError, ExitStatus } from '../command-error.ts'

export interface ImportMapOptions {
  readonly from: MapKind
  readonly root: string
  readonly absolute?: boolean
  readonly uploads?: boolean
  readonly output?: string
  readonly force?: boolean
  readonly json?: boolean
}

/** Largest map that is read, in characters. */
const MAP_CHARS_MAX = 10_000_000

/** Writes routes that do what a map does. @returns 0, or 1 when something could not be said. */
export async function runImportMap(file: string, options: ImportMapOptions): Promise<number> {
  const { from, root, absolute = false, uploads = false, output } = options
  const text = await readMap(file)
  const name = file === '-' ? 'standard input' : file
  const imported = importMap(text, from, {
    root,
    hasAbsoluteNames: absolute,
    takesUploads: uploads,
  })
  const { notices } = imported
  const isLost = notices.some((notice) => notice.isLost)
  if (imported.routes.length === 0) {
    for (const notice of notices) say(file, notice)
    throw new CommandError(`Found nothing of ${from} in ${name}`, ExitStatus.refused)
  }
  const site = writeImportedSite(imported, `Made of ${name} (${from}) by trivet import-map.`)
  if (output !== undefined) await writeSite(output, site, options.force ?? false)
  if (options.json) process.stdout.write(`${JSON.stringify({ site, notices }, null, 2)}\n`)
  else {
    for (const notice of notices) say(file, notice)
    if (output === undefined) process.stdout.write(site)
    else process.stderr.write(`Wrote ${output}: try it with trivet check ${output}\n`)
  }
  return isLost ? ExitStatus.refused : ExitStatus.done
}

function say(file: string, { line, message, isLost }: Notice): void {
  const where = `${file === '-' ? '(standard input)' : file}:${line}`
  process.stderr.write(`${where}: ${isLost ? 'not carried over: ' : ''}${message}\n`)
}

async function readMap(file: string): Promise<string> {
  try {
    const text = file === '-' ? await textOf(process.stdin) : await readFile(file, 'utf8')
    if (text.length <= MAP_CHARS_MAX) return text
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`Cannot read ${file}: ${reason}`, ExitStatus.localFile)
  }
  const message = `Found more than ${MAP_CHARS_MAX} characters in ${file}: is it a map?`
  throw new CommandError(message, ExitStatus.refused)
}

async function writeSite(output: string, site: string, isForced: boolean): Promise<void> {
  try {
    await writeFile(output, site, { flag: isForced ? 'w' : 'wx' })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') {
      throw new CommandError(
        `Found ${output}, which would be overwritten: --force does`,
        ExitStatus.refused,
      )
    }
    throw new CommandError(`Cannot write ${output}: ${message}`, ExitStatus.localFile)
  }
}
