import { Environment } from 'minijinja-js/dist/node/minijinja_js.js'
import { Refusal } from '../../base/refusal.ts'
import { filters } from './filters.ts'
import { describeFailure } from './template-error.ts'
import {
  failed,
  NAME_SUFFIX,
  type TemplateFile,
  TemplateFiles,
  withSuffixedReferences,
} from './template-files.ts'
import { listTemplates } from './template-list.ts'

/** One rendering. */
export interface RenderRequest {
  /** Name below the root: `phones/SEP{mac}.cnf.xml.j2`. */
  readonly template: string
  /** What the template sees. */
  readonly context: Readonly<Record<string, unknown>>
  /** Functions the template may call. Calling one makes the result volatile: it may differ next time. */
  readonly functions: Readonly<Record<string, (...args: unknown[]) => unknown>>
  /** Most steps. */
  readonly fuel: number
}

export interface RenderResult {
  readonly text: string
  /** True when a function was called: the same values need not give the same text again. */
  readonly isVolatile: boolean
  /** The templates it was made from, each with a stamp that changes with its file. */
  readonly dependencies: ReadonlyMap<string, string>
}

/** Templates that one may be made of. */
const DEPENDENCIES_MAX = 1000

/**
 * Renders Jinja templates below one folder. Everything about the engine behind it stays in here.
 *
 * A file that changed is read again at the next rendering: its stamp is compared, nothing is watched.
 */
export class TemplateEngine {
  readonly #files: TemplateFiles
  readonly #functionNames: readonly string[]
  #environment: Environment
  readonly #loaded = new Map<string, TemplateFile>()
  /** What the rendering under way may call and has gone wrong in; renderings do not overlap. */
  #running:
    | { request: RenderRequest; isVolatile: boolean; failure: Refusal | undefined }
    | undefined

  constructor(options: { readonly root: string; readonly functionNames: readonly string[] }) {
    this.#files = new TemplateFiles(options.root)
    this.#functionNames = options.functionNames
    this.#environment = this.#newEnvironment()
  }

  /**
   * Renders a template.
   *
   * @throws {Refusal} `GENERATOR_FAILED` saying template, line and reason.
   */
  async render(request: RenderRequest): Promise<RenderResult> {
    const dependencies = await this.#load(request.template)
    const running = { request, isVolatile: false, failure: undefined as Refusal | undefined }
    this.#running = running
    try {
      this.#environment.fuel = request.fuel
      const text = this.#environment.renderTemplate(request.template + NAME_SUFFIX, request.context)
      if (running.failure !== undefined) throw running.failure
      return { text, isVolatile: running.isVolatile, dependencies }
    } catch (error) {
      throw running.failure ?? this.#refusalFor(error, request)
    } finally {
      this.#running = undefined
    }
  }

  /** Reads what changed of a template and of all it refers to. @returns Their stamps. */
  async #load(first: string): Promise<ReadonlyMap<string, string>> {
    const stamps = new Map<string, string>()
    const queue = [first]
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (stamps.has(name)) continue
      if (stamps.size >= DEPENDENCIES_MAX) {
        throw failed(`template "${first}" refers to more than ${DEPENDENCIES_MAX} others`)
      }
      // What `include` names may be missing: the engine says so, with the line, if it is needed.
      const file = await this.#loadOne(name, name === first)
      if (file === undefined) continue
      stamps.set(name, file.stamp)
      queue.push(...file.references)
      if (file.isDynamic) queue.push(...(await listTemplates(this.#files.root)))
    }
    return stamps
  }

  async #loadOne(name: string, isRequired: boolean): Promise<TemplateFile | undefined> {
    const known = this.#loaded.get(name)
    const stamp = await this.#files.stamp(name)
    if (stamp === undefined && !isRequired) {
      if (known !== undefined) this.#forget(name)
      return undefined
    }
    if (known !== undefined && known.stamp === stamp) return known
    const file = await this.#files.read(name)
    this.#add(file)
    this.#loaded.set(name, file)
    return file
  }

  #add({ name, source }: TemplateFile): void {
    try {
      this.#environment.addTemplate(name + NAME_SUFFIX, withSuffixedReferences(source))
    } catch (error) {
      throw failed(describeFailure(error).message)
    }
  }

  #forget(name: string): void {
    this.#loaded.delete(name)
    this.#environment.removeTemplate(name + NAME_SUFFIX)
  }

  #refusalFor(error: unknown, request: RenderRequest): Refusal {
    // A panic inside the engine leaves it unusable.
    if (error instanceof WebAssembly.RuntimeError) this.#rebuild()
    const failure = describeFailure(error, request.context)
    const inner =
      failure.includes === undefined ? undefined : this.#innerFailure(failure.includes, request)
    return failed(inner === undefined ? failure.message : `${inner} (included at ${failure.place})`)
  }

  /** The engine says only that an include failed: the included template is rendered alone to learn why. */
  #innerFailure(name: string, { context }: RenderRequest): string | undefined {
    try {
      this.#environment.renderTemplate(name + NAME_SUFFIX, context)
      return undefined
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) this.#rebuild()
      return describeFailure(error, context).message
    }
  }

  #rebuild(): void {
    this.#environment = this.#newEnvironment()
    const files = [...this.#loaded.values()]
    this.#loaded.clear()
    for (const file of files) {
      this.#add(file)
      this.#loaded.set(file.name, file)
    }
  }

  #newEnvironment(): Environment {
    const environment = new Environment()
    environment.debug = true
    environment.undefinedBehavior = 'strict'
    environment.keepTrailingNewline = true
    environment.trimBlocks = true
    environment.lstripBlocks = true
    for (const [name, filter] of Object.entries(filters)) {
      environment.addFilter(name, this.#guarded(name, filter))
    }
    for (const name of this.#functionNames) {
      environment.addGlobal(
        name,
        this.#guarded(name, (...args) => this.#callFunction(name, args)),
      )
    }
    return environment
  }

  #callFunction(name: string, args: unknown[]): unknown {
    const running = this.#running
    if (running === undefined) return ''
    running.isVolatile = true
    return running.request.functions[name]?.(...args)
  }

  /** An exception that crosses into the engine breaks it: it is kept, and thrown after the rendering. */
  #guarded(name: string, call: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
    return (...args) => {
      try {
        return call(...args)
      } catch (error) {
        const running = this.#running
        const reason = error instanceof Error ? error.message : String(error)
        if (running !== undefined) {
          running.failure ??= failed(`${running.request.template}: ${name}: ${reason}`)
        }
        return ''
      }
    }
  }
}
