import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Refusal } from '../../base/refusal.ts'
import type { RequestContext, Source } from '../../routing/source.ts'
import type { HandlerOptions } from './options.ts'

export interface HandlerParts {
  /** Absolute path that the module's path starts from. */
  readonly siteFolder: string
}

type Fetch = (request: Request, context: RequestContext) => unknown

const WIRE_MESSAGE = 'The file could not be made'

/**
 * Loads a module and makes its export a source. TypeScript modules run as they are.
 *
 * @throws {Error} When the module cannot be loaded or has no such export; the message names the module and what was
 *   found.
 */
export async function loadHandler(options: HandlerOptions, parts: HandlerParts): Promise<Source> {
  const { module } = options
  const file = resolve(parts.siteFolder, module)
  let loaded: Record<string, unknown>
  try {
    loaded = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (error) {
    throw new Error(`Cannot load handler "${module}": ${loadFailure(error)}`, { cause: error })
  }
  if (!(options.export in loaded)) {
    const found = Object.keys(loaded).join(', ') || 'none'
    throw new Error(
      `Cannot load handler "${module}": no export "${options.export}" (exports: ${found})`,
    )
  }
  return handlerSource(loaded[options.export], module)
}

/**
 * Makes a fetch function, or an object with one (a Hono app), a source.
 *
 * @param name - For messages: the module.
 * @throws {Error} When it is neither.
 */
export function handlerSource(handler: unknown, name: string): Source {
  const fetch = fetchOf(handler)
  if (fetch === undefined) {
    throw new Error(
      `Cannot use handler "${name}": found ${describe(handler)}, a function or an object with fetch is needed`,
    )
  }
  return (request, context) => untilAborted(call(fetch, request, { context, name }), context.signal)
}

async function call(
  fetch: Fetch,
  request: Request,
  { context, name }: { readonly context: RequestContext; readonly name: string },
): Promise<Response> {
  let answer: unknown
  try {
    answer = await fetch(request, context)
  } catch (error) {
    if (error instanceof Refusal) throw error
    context.note(error instanceof Error ? (error.stack ?? error.message) : String(error))
    const reason = error instanceof Error ? error.message : String(error)
    throw new Refusal('GENERATOR_FAILED', `Handler "${name}" threw: ${reason}`, {
      wireMessage: WIRE_MESSAGE,
      cause: error,
    })
  }
  if (answer instanceof Response) return answer
  throw new Refusal(
    'GENERATOR_FAILED',
    `Handler "${name}" returned ${describe(answer)}, a Response is needed`,
    {
      wireMessage: WIRE_MESSAGE,
    },
  )
}

/** A handler that does not hear the signal is left to itself; what it answers later is thrown away. */
function untilAborted(answer: Promise<Response>, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(
        new Refusal('GENERATOR_TIMEOUT', 'The handler was not done when the request ended', {
          wireMessage: 'The file was not ready in time',
        }),
      )
      answer.then(
        (late) => late.body?.cancel().catch(() => {}),
        () => {},
      )
    }
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function fetchOf(handler: unknown): Fetch | undefined {
  if (typeof handler === 'function') return handler as Fetch
  if (typeof handler !== 'object' || handler === null || !('fetch' in handler)) return undefined
  const { fetch } = handler
  return typeof fetch === 'function' ? (fetch.bind(handler) as Fetch) : undefined
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  return `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'nothing in it'}`
}

/** Where a syntax error is, if the loader says so in its stack. */
function loadFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const place = error instanceof SyntaxError ? error.stack?.split('\n', 1)[0] : undefined
  const isPlace = place !== undefined && /:\d+$/.test(place)
  return isPlace ? `${error.message} (${place.replace(/^file:\/\//, '')})` : error.message
}
