import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { parseGoldenFile } from '../../tools/record/golden-file.ts'

const goldenFolder = resolve(import.meta.dirname, '../golden')

/** Where mutations start: datagrams by opcode, so that rare kinds are as likely as common ones. */
export type Corpus = readonly (readonly Uint8Array[])[]

/** Every golden packet, each once. */
export function goldenCorpus(): Corpus {
  const files = readdirSync(goldenFolder).filter((name) => name.endsWith('.hex'))
  const datagrams = files.flatMap((name) =>
    parseGoldenFile(readFileSync(join(goldenFolder, name), 'utf8')).map(({ bytes }) => bytes),
  )
  return corpusOf(datagrams)
}

/** Sorts datagrams into kinds, each once. */
export function corpusOf(datagrams: readonly Uint8Array[]): Corpus {
  const unique = new Map(datagrams.map((bytes) => [Buffer.from(bytes).toString('latin1'), bytes]))
  return [...Map.groupBy(unique.values(), ([, opcode]) => opcode).values()]
}
