/**
 * Checks that imports point downward only, as `layers.ts` says.
 *
 * Tests are free: they may join whatever they need. Nothing may import a test.
 */
import { isBuiltin } from 'node:module'
import { matchesGlob, posix } from 'node:path'

import { findCircles, type Edge } from './circles.ts'
import type { Finding } from './finding.ts'
import { type Import, importsOf } from './imports.ts'
import { barrels, type Layer, layers } from './layers.ts'
import { type Module, readModule } from './module.ts'
import { isTestFile, isTypeScript, listFiles, readText } from './source-tree.ts'

/** One layer as it stands in the tree: `sources/static` is a member of the layer `sources/*`. */
interface Member {
  readonly name: string
  readonly layer: Layer
}

/**
 * Reports every import that points the wrong way, every circle of layers and every stray barrel.
 */
export function findLayerFaults(root: string): Finding[] {
  const files = listFiles(root, (file) => file.startsWith('src/') && isTypeScript(file))
  const packages = runtimePackages(root)
  const findings: Finding[] = []
  const edges: Edge[] = []
  for (const file of files) {
    const member = memberOf(file)
    if (!member) {
      findings.push({ file, line: 1, message: 'belongs to no layer: add its folder to the table' })
    }
    if (!member || (isTestFile(file) && member.name !== 'testing')) continue
    const module = readModule(root, file)
    findings.push(...barrelFaults(module))
    for (const item of importsOf(module)) {
      const from = { file, member, packages }
      const message = faultOf(item, from)
      if (message) findings.push({ file, line: item.line, message })
      const target = memberOf(targetOf(file, item.specifier))
      if (target) edges.push({ from: member.name, to: target.name, file, line: item.line })
    }
  }
  return [...findings, ...findCircles(edges)]
}

interface Importer {
  readonly file: string
  readonly member: Member
  readonly packages: ReadonlySet<string>
}

function faultOf(item: Import, from: Importer): string | undefined {
  if (!item.specifier.startsWith('.')) return platformFault(item.specifier, from)
  const target = targetOf(from.file, item.specifier)
  if (!target.startsWith('src/')) return `may not import ${target}: it is outside src`
  if (target.endsWith('.test.ts')) return `may not import ${target}: it is a test`
  const to = memberOf(target)
  if (!to || to.name === from.member.name) return undefined
  const { may, mayTypes = [] } = from.member.layer
  const path = target.slice('src/'.length)
  if (may.some((entry) => covers(entry, path))) return undefined
  if (item.isTypeOnly && mayTypes.some((entry) => covers(entry, path))) return undefined
  const allowed = [...may, ...mayTypes.map((entry) => `types of ${entry}`)]
  return `${from.member.name} may not import ${to.name} (allowed: ${allowed.join(', ') || 'nothing'})`
}

function platformFault(specifier: string, { member, packages }: Importer): string | undefined {
  if (!member.layer.usesPlatform) {
    return `${member.name} may not import ${specifier}: it is pure, without Node's modules or packages`
  }
  if (isBuiltin(specifier) || member.name === 'testing') return undefined
  const name = specifier.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? specifier
  return packages.has(name) ? undefined : `${name} is not among the dependencies of package.json`
}

/** A file that only passes on others' exports hides where things live, so there are few of them. */
function barrelFaults({ file, program }: Module): Finding[] {
  const path = file.slice('src/'.length)
  if (barrels.some((barrel) => matchesGlob(path, barrel))) return []
  const passesOn = program.body.every(
    (node) =>
      node.type === 'ExportAllDeclaration' ||
      (node.type === 'ExportNamedDeclaration' && node.source !== null),
  )
  const isBarrel = posix.basename(file) === 'index.ts' || (passesOn && program.body.length > 0)
  return isBarrel
    ? [{ file, line: 1, message: `is a barrel (allowed: ${barrels.join(', ')})` }]
    : []
}

function targetOf(file: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : ''
}

/** Finds the layer of a file by its folder. */
function memberOf(file: string): Member | undefined {
  const path = file.slice('src/'.length)
  if (!file.startsWith('src/')) return undefined
  for (const layer of layers) {
    const depth = layer.folder.split('/').length
    const name = path.split('/').slice(0, depth).join('/')
    const isInside = name !== path || layer.folder === 'index.ts'
    if (isInside && matchesGlob(name, layer.folder)) return { name, layer }
  }
  return undefined
}

function covers(entry: string, path: string): boolean {
  return matchesGlob(path, entry) || matchesGlob(path, `${entry}/**`)
}

/** What is there once the package is installed elsewhere. */
function runtimePackages(root: string): ReadonlySet<string> {
  const manifest = JSON.parse(readText(root, 'package.json')) as Record<string, object | undefined>
  const names = ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((field) =>
    Object.keys(manifest[field] ?? {}),
  )
  return new Set(names)
}
