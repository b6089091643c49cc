import type { Refusal } from '../../base/refusal.ts'
import {
  type OwnFailure,
  type RunFailure,
  TemplateEnvironment,
  type TemplateFunction,
} from './environment.ts'
import {
  describeFailure,
  type EngineFailure,
  type Place,
  suggestDefined,
  templateRefusal,
} from './failure.ts'
import { filterRows } from './filters.ts'
import { findInnerFailure } from './inner-failure.ts'
import { type Dependency, TemplateSet } from './template-set.ts'

/** One rendition to be made. */
export interface RenderRequest {
  /** Absolute path of the template. */
  readonly file: string
  /** What the template may read, beside the globals. */
  readonly context: Readonly<Record<string, unknown>>
  /** What the template may call; results may differ from call to call. */
  readonly functions: Readonly<Record<string, TemplateFunction>>
  /** Most steps of the engine. */
  readonly fuel: number
}

export interface RenderResult {
  readonly text: string
  /** True when a function was called: the same values and files may give another text. */
  readonly isVolatile: boolean
  /**
   * The templates it was made from or that it looked for, in the order of names; may name more than
   * were used.
   */
  readonly dependencies: readonly Dependency[]
  /** True while all of these are as they were. */
  readonly isCurrent: () => boolean
}

/**
 * Renders Jinja templates: values in, text out. It knows neither requests nor routes.
 *
 * Renders are synchronous, and see every file as it is when they begin.
 */
export interface TemplateEngine {
  /**
   * @throws {Refusal} `GENERATOR_FAILED`: file, line and what was undefined or wrong; the device
   *   hears only that the template failed.
   */
  render(request: RenderRequest): RenderResult
}

export interface TemplateEngineOptions {
  /**
   * Absolute path of the folder from which `extends`, `include` and `import` are looked up, and
   * which they never leave.
   */
  readonly root: string
  /** What every template may read; copied once, so plain data only. */
  readonly globals: Readonly<Record<string, unknown>>
  /**
   * The functions that renders supply; one may be called twice where its result is checked before
   * it is used.
   */
  readonly functionNames: readonly string[]
}

const MEMORY_BYTES_MAX = 256 * 2 ** 20
/** More than this is not kept once a render is over. */
const MEMORY_BYTES_KEPT = 64 * 2 ** 20
/** Renders for one request, when templates with computed names turn out to be new or changed. */
const ROUNDS_MAX = 100
/** Of a line that a message quotes. */
const QUOTED_CHARS_MAX = 120

/** Makes an engine, in some milliseconds at its first render. */
export function createTemplateEngine(options: TemplateEngineOptions): TemplateEngine {
  let renderer: Renderer | undefined
  return {
    render: (request) => {
      renderer ??= new Renderer(options)
      return renderer.render(request)
    },
  }
}

class Renderer {
  readonly #options: TemplateEngineOptions
  readonly #environment: TemplateEnvironment
  readonly #templates: TemplateSet

  constructor(options: TemplateEngineOptions) {
    this.#options = options
    const filters = Object.fromEntries(filterRows.map(({ name, filter }) => [name, filter]))
    this.#environment = new TemplateEnvironment({
      globals: options.globals,
      filters,
      memoryBytesMax: MEMORY_BYTES_MAX,
      memoryBytesKept: MEMORY_BYTES_KEPT,
    })
    this.#templates = new TemplateSet({
      root: options.root,
      environment: this.#environment,
      ownFilters: new Set(Object.keys(filters)),
      pureFunctions: new Set(options.functionNames),
    })
  }

  render(request: RenderRequest): RenderResult {
    this.#templates.trim()
    const key = this.#templates.keyOfFile(request.file)
    const looked = new Set<string>()
    this.#templates.prepare(key, looked)
    const name = this.#templates.nameOf(key)
    if (this.#templates.sourceOf(key) === undefined) {
      throw templateRefusal(`Cannot read template "${name}": there is no such file`)
    }
    let isVolatile = false
    const onCall = (): void => {
      isVolatile = true
    }
    for (let round = 1; ; round += 1) {
      const computed = new Set<string>()
      const outcome = this.#run(key, request, { onCall, computed })
      const changed = [...computed].filter((one) => this.#templates.prepare(one, looked))
      if (changed.length > 0 && round < ROUNDS_MAX) continue
      if (typeof outcome !== 'string') throw this.#refusalFor(outcome, key, request)
      const dependencies = this.#templates.dependenciesOf(looked)
      return { text: outcome, isVolatile, dependencies, isCurrent: this.#templates.watch(looked) }
    }
  }

  #run(
    key: string,
    { context, functions, fuel }: RenderRequest,
    { onCall, computed }: { readonly onCall: () => void; readonly computed: Set<string> },
  ): string | RunFailure {
    const keyOf = (name: string): string | undefined => {
      const key = this.#templates.keyOfName(name)
      if (key !== undefined) computed.add(key)
      return key
    }
    return this.#environment.run(key, context, { functions, onCall, keyOf, fuel })
  }

  #refusalFor(outcome: RunFailure, key: string, request: RenderRequest): Refusal {
    const failure = findInnerFailure(outcome, {
      sourceOf: (one) => this.#templates.sourceOf(one),
      runWith: (one, source) => {
        const problem = this.#environment.add(one, source)
        const silent = { onCall: () => {}, computed: new Set<string>() }
        return problem ?? this.#run(key, request, silent)
      },
      restore: (one) => {
        const source = this.#templates.sourceOf(one)
        if (source !== undefined) this.#environment.add(one, source)
      },
    })
    if (failure.kind === 'crash') {
      return templateRefusal(`${this.#templates.nameOf(key)}: ${failure.message}`)
    }
    if (failure.kind === 'own') return this.#ownRefusal(failure.own, failure.place, request)
    const { engine } = failure
    const words = describeFailure(engine, request.fuel)
    return templateRefusal(this.#placed(engine.place, `${words}${this.#quoted(engine)}`))
  }

  #ownRefusal(own: OwnFailure, place: Place | undefined, request: RenderRequest): Refusal {
    if (own.hasPlace) return templateRefusal(own.message)
    const scope = { ...this.#options.globals, ...request.context, ...request.functions }
    const name = own.undefinedName
    const hint = name === undefined ? '' : suggestDefined(name, scope)
    const message = `${own.message}${hint}`
    return templateRefusal(
      own.place === undefined ? this.#placed(place, message) : `${own.place}: ${message}`,
    )
  }

  #placed(place: Place | undefined, message: string): string {
    return place === undefined
      ? message
      : `${this.#templates.nameOf(place.key)}:${place.line}: ${message}`
  }

  /** The tag in which something without a name was undefined. */
  #quoted({ kind, place }: EngineFailure): string {
    if (kind !== 'undefined value' || place === undefined) return ''
    const text = this.#templates.textOf(place.key)?.split('\n')[place.line - 1]?.trim() ?? ''
    return text === '' ? '' : ` in: ${text.slice(0, QUOTED_CHARS_MAX)}`
  }
}
