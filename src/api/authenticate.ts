import type { MiddlewareHandler } from 'hono'
import { matchingToken } from '../store/access-token.ts'
import type { StoredToken } from '../store/store.ts'
import type { AdminParts } from './admin-parts.ts'
import type { ApiContext, ApiEnv } from './api-env.ts'
import { ApiProblem } from './api-problem.ts'
import { FailureBudget } from './failure-budget.ts'
import { isAllowed, type Principal, type Role } from './principal.ts'

/** How long a list of tokens counts, in ms: so long a token that was removed elsewhere works on. */
const TOKENS_KEPT_MS = 1000

/** Tells who asks. */
export class Authenticator {
  readonly #parts: Pick<AdminParts, 'existing' | 'now'>
  readonly #budget = new FailureBudget()
  #tokens: readonly StoredToken[] = []
  #readAt = Number.NEGATIVE_INFINITY

  constructor(parts: Pick<AdminParts, 'existing' | 'now'>) {
    this.#parts = parts
  }

  /** Lets go of the tokens that are kept in memory: one was made or removed. */
  forget(): void {
    this.#readAt = Number.NEGATIVE_INFINITY
  }

  /** @throws {ApiProblem} 401 or 429. */
  async principalOf(c: ApiContext): Promise<Principal> {
    const { entrance } = c.env
    if (entrance.kind === 'socket') {
      return { who: socketUser(c.req.header('trivet-user')), role: 'administrator' }
    }
    const [, token] =
      /^Bearer +([\x21-\x7e]{1,256})$/i.exec(c.req.header('authorization') ?? '') ?? []
    const known = token === undefined ? undefined : matchingToken(token, await this.#known())
    if (known !== undefined) return { who: known.label, role: known.role }
    if (token !== undefined) this.#countFailure(entrance.peerAddress)
    const detail =
      token === undefined
        ? 'A token is needed: Authorization: Bearer TOKEN; trivet token add makes one'
        : 'The token is not known'
    const challenge = token === undefined ? '' : ', error="invalid_token"'
    const headers = { 'www-authenticate': `Bearer realm="trivet"${challenge}` }
    throw new ApiProblem(401, 'TOKEN_NEEDED', detail, { headers })
  }

  #countFailure(address: string): void {
    const waitMs = this.#budget.fail(address, this.#parts.now())
    if (waitMs === 0) return
    const seconds = Math.ceil(waitMs / 1000)
    const detail = `Too many wrong tokens from ${address}: try again in ${seconds} s`
    throw new ApiProblem(429, 'TOO_MANY_FAILURES', detail, {
      headers: { 'retry-after': String(seconds) },
    })
  }

  async #known(): Promise<readonly StoredToken[]> {
    const now = this.#parts.now()
    const age = now - this.#readAt
    if (age >= 0 && age < TOKENS_KEPT_MS) return this.#tokens
    this.#tokens = (await (await this.#parts.existing())?.store.tokens.list()) ?? []
    this.#readAt = now
    return this.#tokens
  }
}

/** Lets through who has a role. */
export function needs(role: Role): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const principal = c.get('principal')
    if (!isAllowed(principal, role)) {
      const detail = `"${principal.who}" is ${principal.role}; this needs ${role}`
      throw new ApiProblem(403, 'ROLE_NEEDED', detail)
    }
    await next()
  }
}

/** Who is at the socket says so; there is nobody to lie to. */
function socketUser(name: string | undefined): string {
  return name !== undefined && /^[\x21-\x7e]{1,64}$/.test(name) ? name : 'admin.sock'
}
