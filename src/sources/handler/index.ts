import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Refusal } from '../../base/refusal.ts'
import type { RequestContext, Source } from '../../routing/source.ts'
import { loadFailure } from './load-failure.ts'
import type { HandlerOptions } from './options.ts'

/** What the server knows and the options do not. */
export interface HandlerParts {
  /** Absolute path that the module's path starts from. */
  readonly siteFolder: string
}

type Fetch = (request: Request, context: RequestContext) => unknown

const WIRE_MESSAGE = 'The file could not be made'

/**
 * Loads a module and makes its export a source. TypeScript modules run as they are. A module is
 * loaded once: a change of it is seen after a restart.
 *
 * @throws {Error} When the module cannot be loaded or has no such export; the message names the
 *   module, what was found and where.
 */
export async function loadHandler(options: HandlerOptions, parts: HandlerParts): Promise<Source> {
  const { module, export: name } = options
  const loaded = await load(module, resolve(parts.siteFolder, module))
  if (!Object.hasOwn(loaded, name)) {
    const others = Object.keys(loaded).join(', ') || 'nothing'
    throw new Error(`Cannot load handler "${module}": no export "${name}" (it exports ${others})`)
  }
  const fetch = fetchOf(loaded[name])
  if (typeof fetch === 'function') return sourceFrom(fetch, module)
  throw new Error(`Cannot load handler "${module}": export "${name}" is ${fetch.found}; ${NEEDED}`)
}

/**
 * Makes a fetch function, or an object with one (a Hono app), a source.
 *
 * @param name - For messages: where it comes from.
 * @throws {Error} When it is neither.
 */
export function handlerSource(handler: unknown, name: string): Source {
  const fetch = fetchOf(handler)
  if (typeof fetch === 'function') return sourceFrom(fetch, name)
  throw new Error(`Cannot use handler "${name}": found ${fetch.found}; ${NEEDED}`)
}

const NEEDED = 'a fetch function, or an object with one, is needed'

async function load(module: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (error) {
    const why = await loadFailure(error, file)
    throw new Error(`Cannot load handler "${module}": ${why}`, { cause: error })
  }
}

/** How to call a handler, or what was found instead. */
function fetchOf(handler: unknown): Fetch | { readonly found: string } {
  if (typeof handler === 'function') {
    const isClass = /^class\b/.test(Function.prototype.toString.call(handler))
    return isClass ? { found: 'a class' } : (handler as Fetch)
  }
  if (typeof handler !== 'object' || handler === null) return { found: describe(handler) }
  if (handler instanceof Promise) return { found: 'a promise (await it in the module)' }
  const object = handler as { fetch?: unknown }
  if (typeof object.fetch !== 'function') return { found: `${describe(handler)} without fetch` }
  // Called on its object, as it stands at the time: a fetch may use `this`, or be wrapped later.
  return (request, context) => (object as { fetch: Fetch }).fetch(request, context)
}

function sourceFrom(fetch: Fetch, name: string): Source {
  // One that does not hear the signal is left to itself; what it answers later is thrown away.
  return (request, context) => call(fetch, request, { context, name })
}

interface Call {
  readonly context: RequestContext
  readonly name: string
}

async function call(fetch: Fetch, request: Request, { context, name }: Call): Promise<Response> {
  let answer: unknown
  try {
    answer = await fetch(request, context)
  } catch (error) {
    if (error instanceof Refusal) throw error
    context.note(error instanceof Error ? (error.stack ?? error.message) : describe(error))
    const reason = error instanceof Error ? error.message : describe(error)
    throw failed(`Handler "${name}" threw: ${reason}`, error)
  }
  if (!isResponse(answer)) {
    throw failed(`Handler "${name}" returned ${describe(answer)}, a Response is needed`)
  }
  if (answer.bodyUsed || answer.body?.locked === true) {
    const found = 'returned a Response whose body was read before'
    throw failed(`Handler "${name}" ${found}, a new one is needed for each request`)
  }
  return answer
}

/** By its shape: a library may bring a fetch, and so a Response, of its own. */
function isResponse(answer: unknown): answer is Response {
  if (answer instanceof Response) return answer.type !== 'error'
  if (typeof answer !== 'object' || answer === null) return false
  const { status, headers, body } = answer as Partial<Response>
  return typeof status === 'number' && typeof headers?.get === 'function' && body !== undefined
}

function failed(message: string, cause?: unknown): Refusal {
  return new Refusal('GENERATOR_FAILED', message, { wireMessage: WIRE_MESSAGE, cause })
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `the text "${value.slice(0, 40)}"`
  if (typeof value !== 'object') return `a ${typeof value}`
  if (value instanceof Response) return 'an error Response'
  const keys = Object.keys(value).slice(0, 5).join(', ')
  return keys === '' ? 'an object' : `an object (with ${keys})`
}
