import type { Stats } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { Refusal } from '../../base/refusal.ts'

/** Largest template, in bytes. */
const TEMPLATE_BYTES_MAX = 1024 * 1024

/** A template as it was read. */
export interface TemplateFile {
  readonly name: string
  readonly source: string
  /** Changes with the file: size, time and inode. */
  readonly stamp: string
  /** Names it refers to by literal strings. */
  readonly references: readonly string[]
  /** True when it refers to others by an expression: then any may be needed. */
  readonly isDynamic: boolean
}

/** Reads templates below one folder, and only there. */
export class TemplateFiles {
  readonly root: string

  constructor(root: string) {
    this.root = root
  }

  /** A stamp that changes with the file; undefined when it is not there. */
  async stamp(name: string): Promise<string | undefined> {
    const stats = await stat(join(this.root, name)).catch(() => undefined)
    return stats?.isFile() === true ? stampOf(stats) : undefined
  }

  /**
   * Reads a template.
   *
   * @throws {Refusal} `GENERATOR_FAILED` when it is not there, too large, or not below the root.
   */
  async read(name: string): Promise<TemplateFile> {
    const path = join(this.root, name)
    try {
      await this.#requireInside(name, path)
      const stats = await stat(path)
      if (stats.size > TEMPLATE_BYTES_MAX) {
        throw failed(
          `template "${name}" has ${stats.size} bytes, ${TEMPLATE_BYTES_MAX} are allowed`,
        )
      }
      const source = await readFile(path, 'utf8')
      return { name, source, stamp: stampOf(stats), ...referencesIn(source) }
    } catch (error) {
      if (error instanceof Refusal) throw error
      const { code } = error as NodeJS.ErrnoException
      const reason = code === 'ENOENT' ? 'it does not exist' : String(error)
      throw failed(`Cannot read template "${name}" in ${this.root}: ${reason}`)
    }
  }

  async #requireInside(name: string, path: string): Promise<void> {
    const isHidden = name.split('/').some((segment) => segment.startsWith('.') || segment === '')
    const [root, real] = isHidden
      ? ['', '']
      : await Promise.all([realpath(this.root), realpath(path)])
    if (isHidden || !real.startsWith(root.endsWith(sep) ? root : root + sep)) {
      throw failed(`Cannot read template "${name}": it is not below ${this.root}`)
    }
  }
}

function stampOf(stats: Stats): string {
  return `${stats.ino}-${stats.size}-${stats.mtimeMs}`
}

/** A refusal whose reason the journal has; the device hears only that the template failed. */
export function failed(reason: string): Refusal {
  return new Refusal('GENERATOR_FAILED', reason, { wireMessage: 'The template failed' })
}

/** `{% extends … %}` and its like, with the expression that names the other template. */
const REFERENCE =
  /(\{%[-+]?\s*(?:extends|include|import|from)\s+)(.+?)(\s+(?:ignore\s+missing|with(?:out)?\s+context|as|import)\b[^%]*|\s*)([-+]?%\})/g
const LITERAL = /^(['"])(.*)\1$/

function referencesIn(source: string): { references: string[]; isDynamic: boolean } {
  const expressions = [...source.matchAll(REFERENCE)].map((found) => (found[2] ?? '').trim())
  const names = expressions.map((expression) => LITERAL.exec(expression)?.[2])
  return {
    references: names.filter((name) => name !== undefined),
    isDynamic: names.includes(undefined),
  }
}

/**
 * The suffix that every name has inside the engine.
 *
 * The engine escapes for HTML or JSON by the extension of a template's name, and that cannot be turned off; with the
 * suffix no extension is known to it.
 */
export const NAME_SUFFIX = '~'

/** Gives the names in `extends`, `include`, `import` and `from` the suffix, on the line they stand on. */
export function withSuffixedReferences(source: string): string {
  return source.replaceAll(REFERENCE, (...[, tag, expression, rest, end]: string[]) => {
    const literal = LITERAL.exec(expression?.trim() ?? '')
    const name =
      literal === null
        ? `(${expression}) ~ "${NAME_SUFFIX}"`
        : `${literal[1]}${literal[2]}${NAME_SUFFIX}${literal[1]}`
    return `${tag}${name}${rest}${end}`
  })
}
