import { Visitor } from 'oxc-parser'

import { lineAt, type Module } from './module.ts'

/** One mention of another module. */
export interface Import {
  /** As written: `./x.ts`, `node:fs`, `zod`. */
  readonly specifier: string
  readonly line: number
  /** True when nothing of it is left at run time. */
  readonly isTypeOnly: boolean
}

/**
 * Lists every module a file names: imports, re-exports, `import()`, and types such as
 * `import('./x.ts').X`.
 *
 * An `import()` of a computed name is left out: what it loads is known only at run time.
 */
export function importsOf({ program, text }: Module): Import[] {
  const found: Import[] = []
  const add = (source: unknown, isTypeOnly: boolean) => {
    const literal = source as { value?: unknown; start: number }
    if (typeof literal.value !== 'string') return
    found.push({ specifier: literal.value, line: lineAt(text, literal.start), isTypeOnly })
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.source, node.importKind === 'type'),
    ExportAllDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ExportNamedDeclaration: (node) => {
      if (node.source) add(node.source, node.exportKind === 'type')
    },
    ImportExpression: (node) => add(node.source, false),
    TSImportType: (node) => add(node.source, true),
    TSExternalModuleReference: (node) => add(node.expression, false),
  }).visit(program)
  return found.sort((a, b) => a.line - b.line)
}
