import { protectedPaths } from '../config/protected.ts'
import type { SiteConfig } from '../config/site.ts'
import { silentLog } from '../observe/log.ts'
import { profileNamed } from '../protocol/tftp/hold/client-profiles.ts'
import { explainHold, type HoldExplanation } from '../protocol/tftp/hold/explain-hold.ts'
import type { Renditions } from '../rendition/renditions.ts'
import type { Answer, Answerer, Ask } from '../routing/answer.ts'
import { parseRequestPath, type RequestPath } from '../routing/request-path.ts'
import { compilePattern } from '../routing/pattern.ts'
import type { Route } from '../routing/route.ts'
import { Router } from '../routing/router.ts'
import type { FrontName, Method } from '../routing/source.ts'
import type { InventoryView } from '../store/inventory-view.ts'
import { Asker } from './asker.ts'
import { createAnswerer } from './answerer.ts'
import { buildRoutes } from './build-routes.ts'
import { profileFinder } from './client-profiles.ts'
import { maskedSecrets, type SecretAccess } from './secret-access.ts'
import { openRenditions } from './open-renditions.ts'

/** A request that is only thought of. */
export interface ExplainRequest {
  /** The name as a device would send it. */
  readonly name: string
  readonly front: FrontName
  readonly method: Method
  /** Address of the device. */
  readonly clientAddress: string
}

/** What becomes of a request at one route. */
export interface RouteExplanation {
  readonly route: string
  readonly source: string
  /** Where the route is written. */
  readonly origin: string
  /**
   * `answers`: this route has the file. `would-run`: it matches; whether it has the file shows only
   * when it runs. `declines`: it matches, but has no such file. `not-reached`: it matches, but one
   * above answers. `no`: it does not match. `rewrites`: it gives the file another name, for which
   * the routes behind it are asked.
   */
  readonly verdict: 'answers' | 'would-run' | 'declines' | 'not-reached' | 'no' | 'rewrites'
  readonly params?: Readonly<Record<string, string>>
  /** With `rewrites`: the name from there on. */
  readonly becomes?: string
  /** Why it does not match, or what went wrong, in half a sentence. */
  readonly why?: string
}

/** What becomes of a request. */
export interface Explanation {
  readonly path: string
  readonly query: string
  /** Who asks, as the name tells; absent when nobody of the inventory. */
  readonly device?: { readonly id: string; readonly classes: readonly string[] }
  readonly routes: readonly RouteExplanation[]
}

/** What an explainer knows besides the site. */
export interface ExplainerParts {
  readonly warn?: (message: string) => void
  /** Undefined: nobody is known. */
  readonly inventory?: InventoryView | undefined
  /** Default: names in the place of secrets. */
  readonly secrets?: SecretAccess
  /** The MAC of who has an address. Default: nobody knows any. */
  readonly macOf?: ((clientAddress: string) => string | undefined) | undefined
}

/** Answers questions about a site without listening for any. */
export class Explainer {
  readonly #router: Router
  readonly #renditions: Renditions
  readonly #inventory: InventoryView | undefined
  readonly #secrets: SecretAccess
  readonly #profileNameOf: (address: string) => string | undefined

  /** @throws {Error} When a handler cannot be loaded. */
  static async open(site: SiteConfig, parts: ExplainerParts = {}): Promise<Explainer> {
    const isProtected = protectedPaths(site)
    const { warn = () => {}, macOf } = parts
    const routes = await buildRoutes({ site, serverSoftware: 'trivet', isProtected, warn, macOf })
    return new Explainer(new Router(routes), site, parts)
  }

  private constructor(router: Router, site: SiteConfig, parts: ExplainerParts) {
    this.#inventory = parts.inventory
    this.#secrets = parts.secrets ?? maskedSecrets
    this.#router = router
    this.#renditions = openRenditions(site)
    this.#profileNameOf = profileFinder(site.clients)
  }

  /**
   * Says which route takes a name, and why the others do not. Scripts and handlers are not run.
   *
   * @throws {Refusal} When the name itself is refused.
   */
  async explain(request: ExplainRequest): Promise<Explanation> {
    const path = parseName(request.name)
    const routes: RouteExplanation[] = []
    const asked = { ...request }
    let left = [...this.#router.explain({ ...asked, path })]
    let isAnswered = false
    let device: Explanation['device']
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { route, params, why } = next
      const known = { route: route.name, source: route.sourceName, origin: route.origin }
      if (params === undefined) routes.push({ ...known, verdict: 'no', ...(why ? { why } : {}) })
      else if (isAnswered) routes.push({ ...known, verdict: 'not-reached', params })
      else {
        const { asker, outcome } = await this.#ask(route, params, asked)
        device ??= asker.record && { id: asker.record.id, classes: asker.device?.classes ?? [] }
        isAnswered = outcome.verdict === 'answers'
        routes.push({ ...known, ...outcome, params })
        if (outcome.becomes === undefined) continue
        asked.name = outcome.becomes
        left = [...this.#router.explain({ ...asked, path: parseName(asked.name), after: route })]
      }
    }
    const found = device === undefined ? {} : { device }
    return { path: path.text, query: path.query, ...found, routes }
  }

  async #ask(
    route: Route,
    params: Readonly<Record<string, string>>,
    request: ExplainRequest,
  ): Promise<{ readonly asker: Asker; readonly outcome: Outcome }> {
    const { clientAddress } = request
    const headers = new Headers()
    const asker = new Asker({ live: this.#inventory }, { params, clientAddress, headers, route })
    const outcome = asker.isAddressed(route)
      ? await this.#try(route, request)
      : ({ verdict: 'no', why: notFor(route, asker) } as const)
    return { asker, outcome }
  }

  /**
   * Says how a read would be held while its file is made, for each kind of client that may send
   * these options; as the profile that the operator gave its route or address, if so.
   *
   * @throws {Refusal} When the name itself is refused.
   */
  explainHolds(
    { name, front, clientAddress }: ExplainRequest,
    options: ReadonlyMap<string, string>,
  ): readonly HoldExplanation[] {
    const path = parseName(name)
    const [taken] = this.#router.candidates({ method: 'GET', front, path })
    const profileName = taken?.route.patience?.profile ?? this.#profileNameOf(clientAddress)
    const filename = new TextEncoder().encode(name)
    const request = { kind: 'read', filename, mode: 'octet', options } as const
    return explainHold(request, profileName === undefined ? undefined : profileNamed(profileName))
  }

  /** Makes the file as for a device. */
  render(request: ExplainRequest): Promise<Answer> {
    return this.#answerer(this.#router)(askFor(request)).answer
  }

  #answerer(router: Router): Answerer {
    const known = {
      live: this.#inventory,
      secrets: this.#secrets,
      deliveries: undefined,
      onUnknown: () => {},
    }
    return createAnswerer({ router, renditions: this.#renditions, known, log: silentLog() })
  }

  async #try(route: Route, request: ExplainRequest): Promise<Outcome> {
    if (!route.isTriable) return { verdict: 'would-run' }
    let next: RequestPath | undefined
    const behind = routeBehind(route, (path) => {
      next = path
    })
    const answer = await this.#answerer(new Router([route, behind]))(askFor(request)).answer
    answer.body.cancel()
    if (next !== undefined) return handedOn(parseName(request.name), next)
    if (answer.refusal !== undefined) return { verdict: 'answers', why: answer.refusal.message }
    return { verdict: 'answers' }
  }
}

type Outcome = Pick<RouteExplanation, 'verdict' | 'why' | 'becomes'>

/** Takes down for which name the routes behind one are asked. */
function routeBehind(route: Route, onAsked: (path: RequestPath) => void): Route {
  const pattern = compilePattern('~ ^')
  const source: Route['source'] = (_request, { path }) => {
    onAsked(path)
    return new Response(null)
  }
  return { ...route, pattern, source, audience: undefined, patience: undefined }
}

function handedOn(before: RequestPath, next: RequestPath): Outcome {
  const isSame = next.encoded === before.encoded && next.query === before.query
  return isSame ? { verdict: 'declines' } : { verdict: 'rewrites', becomes: next.sent }
}

function notFor({ audience }: Route, asker: Asker): string {
  const whom = audience?.class === undefined ? 'known devices' : `devices of "${audience.class}"`
  const who = asker.record === undefined ? 'nobody knows' : `"${asker.record.id}" is none`
  return `it is for ${whom}, and ${who}${asker.record === undefined ? ' who asks' : ''}`
}

function parseName(name: string): RequestPath {
  return parseRequestPath(new TextEncoder().encode(name))
}

function askFor({ name, front, method, clientAddress }: ExplainRequest): Ask {
  return {
    id: 'explain',
    front,
    method,
    path: parseName(name),
    clientAddress,
    clientPort: 0,
    localAddress: '127.0.0.1',
    localPort: front === 'tftp' ? 69 : 80,
    protocol: front === 'tftp' ? 'TFTP/1.0' : 'HTTP/1.1',
    tftpOptions: new Map(),
    ...(front === 'tftp' ? { tftpMode: 'octet' as const } : {}),
    headers: new Headers(),
    body: method === 'PUT' ? new Blob([]).stream() : null,
    controller: new AbortController(),
  }
}
