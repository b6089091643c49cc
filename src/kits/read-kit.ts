import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { type Document, isMap, LineCounter, parseDocument } from 'yaml'
import { ConfigError, type ConfigProblem, formatPath } from '../config/problems.ts'
import { jsonSchemaOf } from '../config/schema-json.ts'
import { problemsOf, type ValueProblem } from '../config/schema-problems.ts'
import { parseYaml, type YamlDocument } from '../config/yaml-document.ts'
import type { InventoryRecords } from '../store/text/format-inventory.ts'
import { parseInventory } from '../store/text/parse-inventory.ts'
import { startOf } from '../yaml/yaml-values.ts'
import { type KitFile, kitSchema } from './kit-schema.ts'

/** The file that makes a folder a kit. */
export const KIT_FILE = 'kit.yaml'

/** Everything a family of devices needs of a site. */
export interface Kit {
  /** The name of its folder. */
  readonly name: string
  /** Absolute path. */
  readonly folder: string
  readonly content: KitFile
  readonly inventory: InventoryRecords
  /** As it is written, with its comments. */
  readonly document: Document
}

/**
 * Reads a kit.
 *
 * @param folder - The one that holds `kit.yaml`.
 * @throws {ConfigError} With every problem, each with its line.
 */
export async function readKit(folder: string): Promise<Kit> {
  const file = join(folder, KIT_FILE)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError([{ file, path: '', message: `cannot be read: ${error.message}` }])
  })
  return parseKit(text, { file, folder })
}

/** @throws {ConfigError} As `readKit`. */
export function parseKit(
  text: string,
  { file, folder }: { readonly file: string; readonly folder: string },
): Kit {
  const written = parseYaml(text, file)
  const { content, problems } = contentOf(written, file)
  const inventory = inventoryOf(text, file)
  const refused = content === undefined ? problems : [...problems, ...inventory.problems]
  if (content === undefined || refused.length > 0) throw new ConfigError(refused)
  const strangers = unknownDevices(content, inventory.records).map((one) =>
    placed(one, written, file),
  )
  if (strangers.length > 0) throw new ConfigError(strangers)
  const path = resolve(folder)
  const document = parseDocument(text, { schema: 'failsafe' })
  return { name: basename(path), folder: path, content, inventory: inventory.records, document }
}

interface Checked {
  readonly content: KitFile | undefined
  readonly problems: readonly ConfigProblem[]
}

function contentOf(written: YamlDocument, file: string): Checked {
  const value = written.value ?? {}
  const { data, error } = kitSchema.safeParse(value)
  if (data !== undefined) return { content: data, problems: [] }
  const found = problemsOf(error.issues, value, jsonSchemaOf(kitSchema))
  return { content: undefined, problems: found.map((one) => placed(one, written, file)) }
}

function placed({ path, message }: ValueProblem, written: YamlDocument, file: string) {
  return { file, ...written.locate(path), path: formatPath(path), message }
}

interface KitInventory {
  readonly records: InventoryRecords
  readonly problems: readonly ConfigProblem[]
}

/**
 * Reads `inventory` as an inventory file is read: names and serial numbers are text there.
 *
 * What stands before it is left out, but not its lines and columns: so problems are where they are.
 */
function inventoryOf(text: string, file: string): KitInventory {
  const none = { classes: [], devices: [] }
  const lines = new LineCounter()
  const { contents } = parseDocument(text, { schema: 'failsafe', lineCounter: lines })
  const node = isMap(contents) ? contents.get('inventory', true) : undefined
  if (!isMap(node)) return { records: none, problems: [] }
  const start = startOf(node)
  const { line, col } = lines.linePos(start)
  const own = text.slice(start, node.range?.[2])
  const { records, problems = [] } = parseInventory(
    `${'\n'.repeat(line - 1)}${' '.repeat(col - 1)}${own}`,
    file,
  )
  return { records: records ?? none, problems: problems.map(({ message }) => split(message, file)) }
}

/** A message of an inventory begins with its place. */
function split(message: string, file: string): ConfigProblem {
  const [, line, column, rest] = /^:(\d+):(\d+) (.*)$/s.exec(message.slice(file.length)) ?? []
  if (rest === undefined) return { file, path: 'inventory', message }
  return { file, line: Number(line), column: Number(column), path: 'inventory', message: rest }
}

function unknownDevices({ walks }: KitFile, { devices }: InventoryRecords): ValueProblem[] {
  const ids = devices.map(({ id }) => id)
  return walks.flatMap(({ device }, index) => {
    if (device === undefined || ids.includes(device)) return []
    const allowed = ids.length === 0 ? 'it has none' : `one of ${ids.join(', ')}`
    const message = `found "${device}", expected a device of \`inventory\`: ${allowed}`
    return [{ path: ['walks', index, 'device'], message }]
  })
}
