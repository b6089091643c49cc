import type { Context } from 'hono'
import type { Entrance } from './entrance.ts'
import type { Principal } from './principal.ts'

/** What goes with each request: how it came in, and who sent it. */
export interface ApiEnv {
  Bindings: { readonly entrance: Entrance }
  Variables: { principal: Principal }
}

/** One request of the administration. */
export type ApiContext = Context<ApiEnv>
