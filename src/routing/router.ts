import type { RequestPath } from './request-path.ts'
import type { Route } from './route.ts'
import type { FrontName, Method } from './source.ts'

/** A route that may answer, and what its pattern found. */
export interface Candidate {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** What is to be routed. */
export interface RoutingQuestion {
  readonly method: Method
  readonly front: FrontName
  readonly path: RequestPath
  /** Only the routes behind this one; undefined: all. */
  readonly after?: Route | undefined
}

/** What `explain` says of one route. */
export interface RouteVerdict {
  readonly route: Route
  readonly verdict: 'match' | 'no'
  /** What the pattern found, when it matches. */
  readonly params?: Readonly<Record<string, string>>
  /** Why it does not, in half a sentence. */
  readonly why?: string
}

/** The routing table. First match in order wins. */
export class Router {
  readonly routes: readonly Route[]
  /**
   * The routes of each method and front, in order, so that a request looks only at those that can
   * take it.
   */
  readonly #byDoor = new Map<string, Route[]>()

  constructor(routes: readonly Route[]) {
    this.routes = [...routes]
    for (const route of this.routes) {
      for (const method of route.methods) {
        for (const front of route.fronts) this.#behind(method, front).push(route)
      }
    }
  }

  /**
   * The routes that match, in order, each with its parameters. Lazy: a route is looked at when its
   * turn comes.
   */
  *candidates(question: RoutingQuestion): Generator<Candidate, void, undefined> {
    const { method, front, path, after } = question
    let isBehind = after === undefined
    for (const route of this.#behind(method, front)) {
      if (!isBehind) {
        isBehind = route === after
        continue
      }
      const params = route.pattern.match(path.text)
      if (params !== undefined) yield { route, params }
    }
  }

  /** What may be done with a name at all: tells "not allowed" from "not there". */
  methodsFor({ front, path }: Omit<RoutingQuestion, 'method'>): ReadonlySet<Method> {
    const methods = new Set<Method>()
    for (const route of this.routes) {
      if (!route.fronts.has(front) || route.pattern.match(path.text) === undefined) continue
      for (const method of route.methods) methods.add(method)
    }
    return methods
  }

  /** What each route says of a request, in order. */
  explain({ method, front, path, after }: RoutingQuestion): readonly RouteVerdict[] {
    const first = after === undefined ? 0 : this.routes.indexOf(after) + 1
    return this.routes.slice(first).map((route) => {
      const params = route.pattern.match(path.text)
      if (params === undefined) return no(route, route.pattern.explain(path.text))
      if (!route.fronts.has(front)) return no(route, `it is not served over ${front.toUpperCase()}`)
      if (!route.methods.has(method)) {
        return no(route, `it takes ${[...route.methods].join(' and ')}, not ${method}`)
      }
      return { route, verdict: 'match', params }
    })
  }

  #behind(method: Method, front: FrontName): Route[] {
    const door = `${method} ${front}`
    const routes = this.#byDoor.get(door) ?? []
    this.#byDoor.set(door, routes)
    return routes
  }
}

function no(route: Route, why: string): RouteVerdict {
  return { route, verdict: 'no', why }
}
