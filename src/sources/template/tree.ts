import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { compilePattern, type Pattern, PatternError } from '../../routing/pattern.ts'
import { readTemplateTree } from './template-list.ts'

/** A template that answers a path. */
export interface TemplateMatch {
  /** Name below the root. */
  readonly template: string
  /** What its name's parameters found. */
  readonly params: Readonly<Record<string, string>>
}

interface Entry {
  readonly template: string
  readonly pattern: Pattern
}

/**
 * A folder whose `*.j2` files answer the paths of their names without `.j2`; names may hold parameters.
 *
 * A name without parameters wins over one with some, more literal text over less, then the order of the alphabet. Names
 * with a segment that begins with `_` are parts for others: never answered. New and removed files are seen at the next
 * request: the times of the folders tell.
 */
export class TemplateFolder {
  readonly #root: string
  readonly #warn: (message: string) => void
  readonly #warned = new Set<string>()
  #entries: readonly Entry[] = []
  #folders: readonly string[] = ['']
  #stamp = ''

  constructor(root: string, warn: (message: string) => void) {
    this.#root = root
    this.#warn = warn
  }

  /** The template that answers a path; undefined when none does. */
  async find(path: string): Promise<TemplateMatch | undefined> {
    await this.#refresh()
    for (const { template, pattern } of this.#entries) {
      const params = pattern.match(path)
      if (params !== undefined) return { template, params }
    }
    return undefined
  }

  async #refresh(): Promise<void> {
    if (this.#stamp !== '' && this.#stamp === (await this.#stampOf(this.#folders))) return
    const tree = await readTemplateTree(this.#root)
    const stamp = await this.#stampOf(tree.folders)
    this.#entries = tree.names.flatMap((name) => this.#entry(name)).toSorted(byParticularity)
    this.#folders = tree.folders
    this.#stamp = stamp
  }

  async #stampOf(folders: readonly string[]): Promise<string> {
    const times = await Promise.all(
      folders.map((folder) =>
        stat(join(this.#root, folder), { bigint: true }).catch(() => undefined),
      ),
    )
    return times.map((one) => one?.mtimeNs.toString(36) ?? '-').join(' ')
  }

  #entry(name: string): Entry[] {
    if (name.split('/').some((segment) => segment.startsWith('_'))) return []
    try {
      return [{ template: name, pattern: compilePattern(`/${name.slice(0, -'.j2'.length)}`) }]
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      if (!this.#warned.has(name)) this.#warn(`template ${name} is left out: ${error.message}`)
      this.#warned.add(name)
      return []
    }
  }
}

function byParticularity(one: Entry, other: Entry): number {
  const isLiteral = (entry: Entry): number => (entry.pattern.parameters.length === 0 ? 1 : 0)
  return (
    isLiteral(other) - isLiteral(one) ||
    other.pattern.literalChars - one.pattern.literalChars ||
    (one.template < other.template ? -1 : 1)
  )
}
