import type { Environment } from 'minijinja-js'
import { type Filter, FilterError, shown } from './filter.ts'
import { parsePosition, TEMPLATE_FUNCTION } from './rewrite.ts'
import { UNDEFINED_FUNCTION } from './guard.ts'
import { FAILURE_FUNCTION } from './template-set.ts'
import { loadWasmInstance, type WasmInstance } from './wasm-instance.ts'

/** A function that templates may call. */
export type TemplateFunction = (...given: unknown[]) => unknown

/** What one run of a template may call, and is told. */
export interface RunParts {
  readonly functions: Readonly<Record<string, TemplateFunction>>
  /** Told whenever a function is called. */
  readonly onCall: () => void
  /**
   * Finds the template with a computed name. @returns Its key; undefined when the name can be none.
   */
  readonly keyOf: (name: string) => string | undefined
}

/** A failure that our own code met while the engine ran. */
export interface OwnFailure {
  /** Where, as far as our code was told: `phones/a.j2:3`. */
  readonly place: string | undefined
  readonly message: string
  /** Whether the message itself says where. */
  readonly hasPlace: boolean
  /** The name that was undefined. */
  readonly undefinedName?: string
}

/** How a run ended that gave no text. */
export type RunFailure =
  | { readonly kind: 'own'; readonly own: OwnFailure; readonly message: string }
  /** The engine's own words: `syntax error: … (in NAME:LINE)`. */
  | { readonly kind: 'engine'; readonly message: string }
  /** The engine is broken and has been replaced. */
  | { readonly kind: 'crash'; readonly message: string }

export interface EnvironmentOptions {
  readonly globals: Readonly<Record<string, unknown>>
  readonly filters: Readonly<Record<string, Filter>>
  readonly memoryBytesMax: number
  /** Memory that a run may leave behind, in bytes, before the engine is replaced. */
  readonly memoryBytesKept: number
}

/**
 * Converts into no value of the engine: the one way to make it fail there, with its own line,
 * without breaking it.
 */
const FAILS = Symbol('fails')

/**
 * The engine with its templates, filters and functions.
 *
 * Nothing that it calls ever throws into it, because that leaves it unusable. When it breaks all
 * the same, by a panic or because its memory is at its end, it is replaced, and its templates are
 * gone: `generation` tells.
 */
export class TemplateEnvironment {
  readonly #options: EnvironmentOptions
  #instance: WasmInstance
  #environment: Environment
  readonly #functionNames = new Set<string>()
  #run: RunParts | undefined
  #own: OwnFailure | undefined
  #generation = 0

  constructor(options: EnvironmentOptions) {
    this.#options = options
    this.#instance = loadWasmInstance(options)
    this.#environment = this.#create()
  }

  /** Grows when the engine was replaced: every template must be added again. */
  get generation(): number {
    return this.#generation
  }

  /** @returns Why it cannot be compiled; undefined when it can. */
  add(key: string, source: string): RunFailure | undefined {
    try {
      this.#environment.addTemplate(key, source)
      return undefined
    } catch (error) {
      return this.#failureOf(error)
    }
  }

  remove(key: string): void {
    this.#environment.removeTemplate(key)
  }

  /** Whether the engine, or this project, has a filter or test of this name. */
  knows(kind: 'filter' | 'test', name: string): boolean {
    return this.#environment.evalExpr(`${JSON.stringify(name)} is ${kind}`, {}) === true
  }

  /**
   * Renders a template.
   *
   * @param fuel - Most steps.
   */
  run(
    key: string,
    context: Readonly<Record<string, unknown>>,
    { fuel, ...parts }: RunParts & { readonly fuel: number },
  ): string | RunFailure {
    this.#addFunctions(parts.functions)
    this.#run = parts
    this.#own = undefined
    this.#environment.fuel = fuel
    try {
      return this.#environment.renderTemplate(key, context)
    } catch (error) {
      return this.#failureOf(error)
    } finally {
      this.#run = undefined
      if (this.#instance.memoryBytes() > this.#options.memoryBytesKept) this.#replace()
    }
  }

  #failureOf(error: unknown): RunFailure {
    const message = error instanceof Error ? error.message : String(error)
    const isBroken =
      error instanceof WebAssembly.RuntimeError ||
      error instanceof RangeError ||
      message.includes('recursive use of an object')
    if (isBroken) {
      const panic = this.#instance.lastPanic()
      const { memoryBytesMax } = this.#options
      const starved = `needed more than ${memoryBytesMax / 2 ** 20} MiB of memory`
      const reason = error instanceof RangeError ? 'nested too deep' : (panic ?? starved)
      this.#replace()
      return { kind: 'crash', message: reason }
    }
    return this.#own === undefined
      ? { kind: 'engine', message }
      : { kind: 'own', own: this.#own, message }
  }

  #replace(): void {
    this.#instance = loadWasmInstance(this.#options)
    this.#functionNames.clear()
    this.#environment = this.#create()
    this.#generation += 1
  }

  #create(): Environment {
    const environment = this.#instance.createEnvironment()
    environment.debug = false
    environment.undefinedBehavior = 'strict'
    environment.keepTrailingNewline = true
    environment.trimBlocks = true
    environment.lstripBlocks = true
    environment.enablePyCompat()
    for (const [name, value] of Object.entries(this.#options.globals)) {
      environment.addGlobal(name, value)
    }
    for (const [name, filter] of Object.entries(this.#options.filters)) {
      environment.addFilter(
        name,
        this.#guarded((value, given) => filter(value, ...given)),
      )
    }
    environment.addGlobal(UNDEFINED_FUNCTION, this.#guarded(refuseUndefined))
    environment.addGlobal(FAILURE_FUNCTION, this.#guarded(failAsPrepared))
    environment.addGlobal(
      TEMPLATE_FUNCTION,
      this.#guarded((name) => this.#keysOf(name)),
    )
    return environment
  }

  #addFunctions(functions: Readonly<Record<string, TemplateFunction>>): void {
    for (const name of Object.keys(functions)) {
      if (this.#functionNames.has(name)) continue
      this.#functionNames.add(name)
      this.#environment.addGlobal(name, (...given: unknown[]) =>
        this.#attempt(undefined, () => this.#call(name, given)),
      )
    }
  }

  #call(name: string, given: unknown[]): unknown {
    const call = this.#run?.functions[name]
    if (call === undefined) throw new FilterError(name, 'there is no such function here')
    this.#run?.onCall()
    return call(...given)
  }

  /** The key of a template's name, or the keys of a list of names. */
  #keysOf(name: unknown): unknown {
    if (Array.isArray(name)) return name.map((one) => this.#keysOf(one))
    const key = typeof name === 'string' ? this.#run?.keyOf(name) : undefined
    if (key !== undefined) return key
    throw new Error(`${shown(name)} names no template: it is a *.j2 file below the root`)
  }

  /**
   * A filter or function for the engine: our position, if it comes first or behind the value, is
   * not passed on.
   */
  #guarded(call: (value: unknown, given: readonly unknown[]) => unknown): TemplateFunction {
    return (...all) => {
      const first = parsePosition(all[0])
      const place = first ?? parsePosition(all[1])
      const [value, ...given] = place === undefined ? all : all.toSpliced(first ? 0 : 1, 1)
      return this.#attempt(place, () => call(value, given))
    }
  }

  #attempt(place: OwnFailure['place'], call: () => unknown): unknown {
    try {
      return call()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const hasPlace = error instanceof PreparedFailure
      const name = error instanceof UndefinedError ? { undefinedName: error.undefinedName } : {}
      this.#own ??= { place, message, hasPlace, ...name }
      return FAILS
    }
  }
}

class UndefinedError extends Error {
  readonly undefinedName: string

  constructor(name: string) {
    super(`"${name}" is undefined`)
    this.name = 'UndefinedError'
    this.undefinedName = name
  }
}

/** Of a template that cannot be used; the message says where and why. */
class PreparedFailure extends Error {}

function failAsPrepared(message: unknown): never {
  throw new PreparedFailure(String(message))
}

function refuseUndefined(name: unknown): never {
  throw new UndefinedError(String(name))
}
