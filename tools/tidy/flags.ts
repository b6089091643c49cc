import type { Command } from 'commander'

import type { Finding } from '../finding.ts'
import { listFiles, readText } from '../source-tree.ts'
import { loadModule } from './load.ts'

const file = 'src/cli/program.ts'

/**
 * Reports commands and flags of the command line without a description, or that no document names.
 */
export async function findUndocumentedFlags(root: string): Promise<Finding[]> {
  const { buildProgram } = await loadModule(root, file)
  const program = (buildProgram as () => Command)()
  const documents = listFiles(root, (path) => /^(docs\/.*|README)\.md$/.test(path))
  const prose = documents.map((path) => readText(root, path)).join('\n')
  return partsOf(program, []).flatMap(({ name, flag, description }) => {
    const messages: string[] = []
    if (!description) messages.push(`does not describe ${name}`)
    if (!isNamed(flag, prose)) messages.push(`has ${name}, which no document names`)
    return messages.map((message) => ({ file, line: lineOf(flag, readText(root, file)), message }))
  })
}

interface Part {
  /** For people: `trivet get --quiet`. */
  readonly name: string
  /** What documents must mention: `--quiet`, `get`. */
  readonly flag: string
  readonly description: string
}

function partsOf(command: Command, above: readonly string[]): Part[] {
  const path = [...above, command.name()]
  const own = { name: path.join(' '), flag: command.name(), description: command.description() }
  const flags = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ long, short, description }) => {
      const flag = long ?? short ?? ''
      return { name: [...path, flag].join(' '), flag, description }
    })
  return [own, ...flags, ...command.commands.flatMap((child) => partsOf(child, path))]
}

function isNamed(flag: string, prose: string): boolean {
  return new RegExp(`(?<![\\w-])${flag}(?![\\w-])`).test(prose)
}

function lineOf(flag: string, text: string): number {
  const index = text.split('\n').findIndex((line) => line.includes(flag))
  return Math.max(index, 0) + 1
}
