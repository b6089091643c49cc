import { readFileSync } from 'node:fs'
import { parseArgs, type ParseArgsConfig } from 'node:util'

/**
 * Reads the arguments of a program. `--help` prints the comment that stands at the top of its file;
 * an argument that it does not know ends it with one line and exit status 2.
 *
 * @param file - The program's own file, `import.meta.filename`.
 */
export function programArgs<const T extends ParseArgsConfig>(
  file: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  const help = { type: 'boolean', short: 'h' } as const
  try {
    const asked = parseArgs({ ...config, options: { ...config.options, help } })
    const { help: isAsked } = asked.values as { readonly help?: boolean }
    if (isAsked !== true) return parseArgs(config)
    process.stdout.write(headOf(readFileSync(file, 'utf8')))
    process.exit(0)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    process.stderr.write(`${error.message}\n(--help explains it)\n`)
    process.exit(2)
  }
}

/** The first comment of a file, without its frame. */
function headOf(text: string): string {
  const [, comment = ''] = /\/\*\*\n([^]*?)\n \*\//.exec(text) ?? []
  return `${comment.replaceAll(/^ \* ?/gm, '')}\n`
}
