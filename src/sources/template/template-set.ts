import { relative, sep } from 'node:path'
import type { TemplateEnvironment } from './environment.ts'
import { describeSyntaxError, describeUnknown, templateRefusal } from './failure.ts'
import { rewriteTemplate } from './rewrite.ts'
import { type FileState, pathOfName, TemplateFile } from './template-file.ts'

/**
 * Templates kept compiled at most; beyond that all are dropped and read again as they are needed.
 */
const TEMPLATES_MAX = 10_000
/** Templates that one rendition may be made of. */
const CLOSURE_MAX = 1_000

/** A template that a rendition was made from, or looked for. */
export interface Dependency {
  /** Below the root, with slashes. */
  readonly name: string
  /** SHA-256 of the file in hex; undefined when there was none. */
  readonly hash: string | undefined
}

export interface TemplateSetOptions {
  /** Absolute path of the folder that names start from. */
  readonly root: string
  readonly environment: TemplateEnvironment
  readonly ownFilters: ReadonlySet<string>
  readonly pureFunctions: ReadonlySet<string>
}

interface Entry {
  readonly name: string
  readonly file: TemplateFile
  state: FileState | undefined
  /** As the engine has it; undefined when there is no file. */
  source: string | undefined
  references: readonly string[]
  /** Of the engine that has it. */
  generation: number
}

/**
 * The templates below one root, as the engine has them: read when first needed, and again when
 * their file changed.
 *
 * The engine escapes for HTML or JSON by a name's extension. So it knows templates by keys: names
 * with a dot behind, which is no extension.
 */
export class TemplateSet {
  readonly #options: TemplateSetOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: TemplateSetOptions) {
    this.#options = options
  }

  /** The key of a name as templates write it; undefined when it can be none. */
  keyOfName(name: string): string | undefined {
    return pathOfName(this.#options.root, name) === undefined ? undefined : `${name}.`
  }

  /** The key of a file; one outside of the root cannot be referred to. */
  keyOfFile(path: string): string {
    const name = relative(this.#options.root, path).split(sep).join('/')
    const key = this.keyOfName(name) ?? `//${name}.`
    if (!this.#entries.has(key)) this.#add(key, path, !key.startsWith('//'))
    return key
  }

  /** The name that messages call a key by. */
  nameOf(key: string): string {
    return key.replace(/^\/\//, '').slice(0, -1)
  }

  /** A template as it is on disk. */
  textOf(key: string): string | undefined {
    return this.#entries.get(key)?.state?.text
  }

  /** A template as the engine has it. */
  sourceOf(key: string): string | undefined {
    return this.#entries.get(key)?.source
  }

  /** Forgets everything when there is too much of it. */
  trim(): void {
    if (this.#entries.size <= TEMPLATES_MAX) return
    for (const key of this.#entries.keys()) this.#options.environment.remove(key)
    this.#entries.clear()
  }

  /**
   * Brings a template and all that it refers to by literal names up to date in the engine.
   *
   * @param looked - Keys already looked at for this rendition; grows.
   * @returns Whether anything changed in the engine.
   * @throws {Refusal} `GENERATOR_FAILED` when it refers to too many.
   */
  prepare(key: string, looked: Set<string>): boolean {
    let hasChanged = false
    const queue = [key]
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (looked.has(next)) continue
      if (looked.size >= CLOSURE_MAX) {
        throw templateRefusal(
          `${this.nameOf(key)}: it refers to more than ${CLOSURE_MAX} templates`,
        )
      }
      looked.add(next)
      const entry = this.#entries.get(next) ?? this.#addNamed(next)
      if (this.#refresh(next, entry)) hasChanged = true
      queue.push(...entry.references)
    }
    return hasChanged
  }

  /** What was looked at, in the order of names. */
  dependenciesOf(looked: ReadonlySet<string>): readonly Dependency[] {
    const all = [...looked].map((key) => {
      return { name: this.nameOf(key), hash: this.#entries.get(key)?.state?.hash }
    })
    return all.sort((one, two) => (one.name < two.name ? -1 : 1))
  }

  /** Says later whether all that was looked at is still the same. */
  watch(looked: ReadonlySet<string>): () => boolean {
    const seen = [...looked].map((key) => {
      const entry = this.#entries.get(key)
      return { file: entry?.file, hash: entry?.state?.hash }
    })
    return () => seen.every(({ file, hash }) => file?.look().hash === hash)
  }

  #addNamed(key: string): Entry {
    const path = pathOfName(this.#options.root, this.nameOf(key)) ?? ''
    return this.#add(key, path, true)
  }

  #add(key: string, path: string, isConfined: boolean): Entry {
    const file = new TemplateFile(path, isConfined ? this.#options.root : undefined)
    const name = this.nameOf(key)
    const entry: Entry = {
      name,
      file,
      state: undefined,
      source: undefined,
      references: [],
      generation: -1,
    }
    this.#entries.set(key, entry)
    return entry
  }

  #refresh(key: string, entry: Entry): boolean {
    const { environment } = this.#options
    const state = entry.file.look()
    if (state === entry.state && entry.generation === environment.generation) return false
    const wasThere = entry.source !== undefined
    entry.state = state
    this.#compile(key, entry, state)
    entry.generation = environment.generation
    return wasThere || entry.source !== undefined
  }

  #compile(key: string, entry: Entry, state: FileState): void {
    const { environment } = this.#options
    entry.references = []
    entry.source = undefined
    if (state.text === undefined) {
      if (state.isMissing) environment.remove(key)
      else this.#compileFailure(key, entry, `Cannot read template "${entry.name}": ${state.reason}`)
      return
    }
    const { source, references, names } = rewriteTemplate(state.text, {
      file: entry.name,
      ownFilters: this.#options.ownFilters,
      pureFunctions: this.#options.pureFunctions,
      keyOf: (name) => this.keyOfName(name),
    })
    const failure = environment.add(key, source)
    if (failure !== undefined) {
      // The engine names what it could not read: better in the author's words than in ours.
      const own = environment.add(key, state.text) ?? failure
      this.#compileFailure(key, entry, describeSyntaxError(own.message, entry.name))
      return
    }
    const unknown = names.find(({ kind, name }) => !environment.knows(kind, name))
    if (unknown !== undefined) {
      this.#compileFailure(key, entry, describeUnknown(unknown, entry.name))
      return
    }
    entry.source = source
    entry.references = references.map((name) => `${name}.`)
  }

  /**
   * In place of a template that cannot be used: one that fails with the reason, wherever it is
   * used.
   */
  #compileFailure(key: string, entry: Entry, reason: string): void {
    entry.source = `{{ ${FAILURE_FUNCTION}(${JSON.stringify(reason)}) }}`
    this.#options.environment.add(key, entry.source)
  }
}

/** The function of the environment with which an unusable template fails. */
export const FAILURE_FUNCTION = '__failure'
