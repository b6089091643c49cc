import type { RequestContext, Source } from '../../routing/source.ts'
import { AllowedHosts } from './allowed-hosts.ts'
import { Exchange, type ExchangeAsk, type ExchangeParts, type Outcome } from './exchange.ts'
import { fileResponse, storedResponse } from './file-response.ts'
import { HealthWatch } from './health-watch.ts'
import { HttpClient } from './http-client.ts'
import { listOf, type UpstreamOptions } from './options.ts'
import { PlaceQueue } from './place-queue.ts'
import { requestHeaders } from './request-headers.ts'
import { StoredAnswers } from './stored-answers.ts'
import { Upload } from './upload.ts'
import { inTurn, Upstream } from './upstream.ts'
import type { TemplateValues } from './url-template.ts'

/** What upstreams are told of the server, and where its files are. */
export interface UpstreamParts {
  /** Absolute path that the options' paths start from. */
  readonly siteFolder: string
  /** `trivet/1.2.3`, the User-Agent where the client has none. */
  readonly serverSoftware: string
}

/**
 * Asks an HTTP server: what it answers is the file.
 *
 * @throws {Error} When `caFile` cannot be read.
 */
export function upstreamSource(options: UpstreamOptions, parts: UpstreamParts): Source {
  const now = (): number => performance.now()
  const upstreams = listOf(options.url).map((url) => new Upstream(url, options, now))
  const origins = upstreams.map(({ template }) => template.origin)
  const shared: ExchangeParts = {
    options,
    client: new HttpClient(options, parts.siteFolder),
    hosts: new AllowedHosts(
      options.hosts,
      origins.filter((origin) => origin !== undefined),
    ),
    stored: new StoredAnswers(options.revalidateBytesMax),
  }
  const places = new PlaceQueue(options)
  const watch = watchOf(shared, upstreams, now)
  return async (request, context) => {
    watch?.used()
    const ask = askOf(request, context, { options, serverSoftware: parts.serverSoftware })
    const release = await places.take(context.signal)
    try {
      return await askInTurn(upstreams, { ask, context, parts: shared, release })
    } catch (error) {
      release()
      throw error
    }
  }
}

interface Turn {
  readonly ask: ExchangeAsk
  readonly context: RequestContext
  readonly parts: ExchangeParts
  readonly release: () => void
}

/** Asks one upstream after the other, until one has the file or says that there is none. */
async function askInTurn(upstreams: readonly Upstream[], turn: Turn): Promise<Response> {
  const { ask, context, parts, release } = turn
  let failure: Extract<Outcome, { kind: 'failure' }> | undefined
  for (const { template, circuit } of inTurn(upstreams)) {
    if (failure !== undefined) context.note(`${failure.refusal.message}; the next is asked`)
    const exchange = new Exchange(parts, ask, template.expand(valuesOf(context)))
    const outcome = await exchange.run()
    if (outcome.kind !== 'failure') {
      circuit.succeeded()
      outcome.reply.body.once('close', release)
      if (outcome.reply.body.closed) release()
      return outcome.kind === 'unchanged'
        ? storedResponse(outcome.answer)
        : await fileResponse({ ...outcome, exchange, ask, parts, decline: () => context.decline() })
    }
    failure = outcome
    if (outcome.isOfUpstream) circuit.failed()
    if (!outcome.mayTryNext) break
  }
  throw failure?.refusal ?? new TypeError('There is no upstream')
}

function askOf(
  request: Request,
  context: RequestContext,
  { options, serverSoftware }: { options: UpstreamOptions; serverSoftware: string },
): ExchangeAsk {
  const { body } = request
  // Some TFTP clients announce 0 for what they do not know.
  const isUnknown = context.front === 'tftp' && context.uploadBytes === 0
  const announced = isUnknown ? undefined : context.uploadBytes
  return {
    title: `Cannot ${body === null ? 'generate' : 'pass on'} ${context.path.text}`,
    method: body === null ? 'GET' : 'PUT',
    headers: requestHeaders(request, context, { ...options, serverSoftware }),
    upload: body === null ? undefined : new Upload(body, announced),
    signal: context.signal,
  }
}

function valuesOf({ params, path }: RequestContext): TemplateValues {
  return { params, encodedPath: path.encoded, query: path.query }
}

function watchOf(
  { options, client }: ExchangeParts,
  upstreams: readonly Upstream[],
  now: () => number,
): HealthWatch | undefined {
  const { health: path, healthIntervalMs: intervalMs, connectMs, headersMs } = options
  if (path === undefined) return undefined
  const limitMs = connectMs + headersMs
  return new HealthWatch({ client, upstreams, path, intervalMs, limitMs, now })
}
