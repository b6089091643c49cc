import { protectedPaths } from '../config/protected.ts'
import type { SiteConfig } from '../config/site.ts'
import { silentLog } from '../observe/log.ts'
import { profileNamed } from '../protocol/tftp/hold/client-profiles.ts'
import { explainHold, type HoldExplanation } from '../protocol/tftp/hold/explain-hold.ts'
import type { Renditions } from '../rendition/renditions.ts'
import type { Answer, Answerer, Ask } from '../routing/answer.ts'
import { parseRequestPath, type RequestPath } from '../routing/request-path.ts'
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
   * above answers. `no`: it does not match.
   */
  readonly verdict: 'answers' | 'would-run' | 'declines' | 'not-reached' | 'no'
  readonly params?: Readonly<Record<string, string>>
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
    const { warn = () => {} } = parts
    const routes = await buildRoutes({ site, serverSoftware: 'trivet', isProtected, warn })
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
    const verdicts = this.#router.explain({ ...request, path })
    const routes: RouteExplanation[] = []
    let isAnswered = false
    let device: Explanation['device']
    for (const { route, params, why } of verdicts) {
      const known = { route: route.name, source: route.sourceName, origin: route.origin }
      if (params === undefined) routes.push({ ...known, verdict: 'no', ...(why ? { why } : {}) })
      else if (isAnswered) routes.push({ ...known, verdict: 'not-reached', params })
      else {
        const { clientAddress } = request
        const headers = new Headers()
        const parts = { live: this.#inventory }
        const asker = new Asker(parts, { params, clientAddress, headers, route })
        device ??= asker.record && { id: asker.record.id, classes: asker.device?.classes ?? [] }
        const outcome = asker.isAddressed(route)
          ? await this.#try(route, request)
          : ({ verdict: 'no', why: notFor(route, asker) } as const)
        isAnswered = outcome.verdict === 'answers'
        routes.push({ ...known, ...outcome, params })
      }
    }
    const found = device === undefined ? {} : { device }
    return { path: path.text, query: path.query, ...found, routes }
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

  async #try(
    route: Route,
    request: ExplainRequest,
  ): Promise<{ verdict: RouteExplanation['verdict']; why?: string }> {
    if (!route.isTriable) return { verdict: 'would-run' }
    const answer = await this.#answerer(new Router([route]))(askFor(request)).answer
    answer.body.cancel()
    if (answer.refusal?.code === 'FILE_NOT_FOUND') return { verdict: 'declines' }
    if (answer.refusal !== undefined) return { verdict: 'answers', why: answer.refusal.message }
    return { verdict: 'answers' }
  }
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
