import { posix } from 'node:path'
import type { Directive, Statement } from 'oxc-parser'

import type { Finding } from '../finding.ts'
import { lineAt, type Module, readModule } from '../module.ts'
import { listFiles } from '../source-tree.ts'

/** The modules that others import by the package's name. */
const publicEntries = ['src/index.ts', 'src/protocol/tftp/index.ts']

/** Reports what public modules export without a documenting comment, where it is declared. */
export function findUndocumentedExports(root: string): Finding[] {
  const present = new Set(listFiles(root, (file) => publicEntries.includes(file)))
  const read = (file: string) => readModule(root, file)
  const found = publicEntries
    .filter((entry) => present.has(entry))
    .flatMap((entry) => exportedFrom(read(entry), read))
  const messages = found.filter(({ isDocumented }) => !isDocumented)
  const unique = new Map(messages.map((item) => [`${item.file} ${item.name}`, item]))
  return [...unique.values()].map(({ file, line, name }) => ({
    file,
    line,
    message: `exports ${name} to the public without a documenting comment`,
  }))
}

interface Declared {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly isDocumented: boolean
}

type Read = (file: string) => Module

/** Follows re-exports down to where each name is declared. */
function exportedFrom(module: Module, read: Read): Declared[] {
  return module.program.body.flatMap((node) => {
    if (node.type === 'ExportAllDeclaration') {
      const target = resolve(module.file, node.source.value)
      return target ? exportedFrom(read(target), read) : []
    }
    if (node.type !== 'ExportNamedDeclaration') return []
    if (node.declaration) return declaredBy(module, node)
    const target = node.source ? resolve(module.file, node.source.value) : module.file
    if (!target) return []
    return node.specifiers.flatMap(({ local }) => {
      const name = local.type === 'Literal' ? local.value : local.name
      return find(name, target === module.file ? module : read(target), read)
    })
  })
}

/** Finds one name in a module, exported or not; through its imports if it must. */
function find(name: string, module: Module, read: Read): Declared[] {
  for (const node of module.program.body) {
    const own = declaredBy(module, node).filter((item) => item.name === name)
    if (own.length > 0) return own
    if (node.type === 'ExportNamedDeclaration' || node.type === 'ImportDeclaration') {
      const target = node.source && namesIn(node).includes(name) && node.source.value
      const file = target ? resolve(module.file, target) : undefined
      if (file) return find(name, read(file), read)
    }
  }
  return []
}

function namesIn(node: Statement | Directive): string[] {
  if (node.type === 'ImportDeclaration') return node.specifiers.map(({ local }) => local.name)
  if (node.type !== 'ExportNamedDeclaration') return []
  return node.specifiers.flatMap(({ exported }) =>
    exported.type === 'Identifier' ? [exported.name] : [],
  )
}

function declaredBy(module: Module, node: Statement | Directive): Declared[] {
  const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : node
  const base = {
    file: module.file,
    line: lineAt(module.text, node.start),
    isDocumented: hasDocstring(module, node.start),
  }
  if (declaration?.type === 'VariableDeclaration') {
    return declaration.declarations.flatMap(({ id }) =>
      id.type === 'Identifier' ? [{ name: id.name, ...base }] : [],
    )
  }
  const id = declaration && 'id' in declaration ? declaration.id : null
  return id?.type === 'Identifier' ? [{ name: id.name, ...base }] : []
}

function hasDocstring({ comments, text }: Module, start: number): boolean {
  return comments.some(
    ({ type, value, end }) =>
      type === 'Block' &&
      value.startsWith('*') &&
      end <= start &&
      text.slice(end, start).trim() === '',
  )
}

function resolve(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined
}
