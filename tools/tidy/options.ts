import { z } from 'zod'

import type { Finding } from '../finding.ts'
import { listFiles, readText } from '../source-tree.ts'
import { loadModule } from './load.ts'
import { type Document, readDocuments } from './markdown.ts'

const schemaFiles = /^src\/(config\/schema|sources\/[^/]+\/options)\.ts$/

/**
 * Reports options of the configuration that their schema does not describe or no document names.
 *
 * The whole configuration holds the options of every source: they are reported where they are
 * written.
 */
export async function findUndocumentedOptions(root: string): Promise<Finding[]> {
  const named = namedInDocuments(readDocuments(root))
  const files = listFiles(root, (path) => schemaFiles.test(path))
  const written = new Set<string>()
  const findings: Finding[] = []
  // Backwards: the sources before the configuration that holds them.
  for (const file of files.toReversed()) {
    const text = readText(root, file)
    for (const option of await optionsIn(root, file)) {
      const line = lineOf(option.name, text)
      if (line === undefined && written.has(option.name)) continue
      written.add(option.name)
      const messages = faultsOf(option, named)
      findings.push(...messages.map((message) => ({ file, line: line ?? 1, message })))
    }
  }
  return findings
}

function faultsOf({ name, description }: Option, named: ReadonlySet<string>): string[] {
  return [
    ...(description ? [] : [`does not describe the option "${name}"`]),
    ...(named.has(name) ? [] : [`has an option "${name}" that no document names in backticks`]),
  ]
}

interface Option {
  readonly name: string
  readonly description: string | undefined
}

async function optionsIn(root: string, file: string): Promise<Option[]> {
  const exported = Object.values(await loadModule(root, file))
  const schemas = exported.filter((value) => value instanceof z.core.$ZodType)
  const options = schemas.flatMap((schema) =>
    propertiesOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })),
  )
  const described = options.filter(({ description }) => description)
  return [...new Map([...options, ...described].map((option) => [option.name, option])).values()]
}

/** Every property of a JSON Schema, however deep. */
function propertiesOf(schema: unknown): Option[] {
  if (Array.isArray(schema)) return schema.flatMap(propertiesOf)
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key === 'default' || key === 'enum' || key === 'const') return []
    const own = key === 'properties' ? namesOf(value as Properties) : []
    return [...own, ...propertiesOf(key === 'properties' ? Object.values(value) : value)]
  })
}

type Properties = Record<string, { description?: string }>

function namesOf(properties: Properties): Option[] {
  return Object.entries(properties).map(([name, { description }]) => ({ name, description }))
}

/** Names in backticks: `fuel`, `template.fuel`, `fuel: 1000`. */
function namedInDocuments(documents: readonly Document[]): ReadonlySet<string> {
  const spans = documents.flatMap(({ lines }) =>
    lines.flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')),
  )
  return new Set(spans.flatMap((span) => span.split(/[^\w-]+/)))
}

/** Where an option is written; undefined when it comes from another file. */
function lineOf(name: string, text: string): number | undefined {
  const index = text.split('\n').findIndex((line) => line.trim().startsWith(`${name}:`))
  return index === -1 ? undefined : index + 1
}
