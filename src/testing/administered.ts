import assert from 'node:assert/strict'
import { join } from 'node:path'
import { z } from 'zod'
import type { AdminParts, OpenedInventory } from '../api/admin-parts.ts'
import { createApi } from '../api/create-api.ts'
import type { Entrance } from '../api/entrance.ts'
import { JournalFeed } from '../api/journal-feed.ts'
import { newAccessToken } from '../store/access-token.ts'
import { LiveInventory } from '../store/live-inventory.ts'
import { SecretKeeper } from '../store/secrets/secret-keeper.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The administration over a real store, without a server around it. */
export interface Administered extends AsyncDisposable {
  readonly opened: OpenedInventory
  readonly feed: JournalFeed
  /** What was no fault of who asked. */
  readonly failures: readonly unknown[]
  /** Routes that were answered with success: `GET /api/v1/devices`. */
  readonly covered: ReadonlySet<string>
  readonly document: ApiDocument
  /** Milliseconds that are added to the clock. */
  later(ms: number): void
  /** Asks by the socket; the answer has been compared with the document. */
  ask(method: string, path: string, init?: AskInit): Promise<Response>
  /** A token that is known. */
  token(role: 'viewer' | 'editor' | 'administrator'): Promise<string>
}

export interface AskInit {
  readonly json?: unknown
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly entrance?: Entrance
}

/** What of an OpenAPI document is looked at. */
export interface ApiDocument {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

interface ApiOperation {
  readonly responses: Readonly<Record<string, { readonly content?: MediaTypes }>>
  readonly requestBody?: { readonly content: MediaTypes }
}

type MediaTypes = Readonly<Record<string, { readonly schema: JsonSchema }>>

export interface JsonSchema {
  readonly $ref?: string
  readonly example?: unknown
}

/** Opens it in a folder of its own. @param more - In the place of what it has by itself. */
export async function administered(more: Partial<AdminParts> = {}): Promise<Administered> {
  const folder = await temporaryFolder()
  const store = await openSqliteStore({ file: join(folder.path, 'trivet.db') })
  const live = await LiveInventory.open(store)
  const place = { stateFolder: folder.path, environment: {} }
  const opened = { store, live, secrets: await SecretKeeper.open(store.secrets, place) }
  const feed = more.feed ?? new JournalFeed({ run: 'a1' })
  const failures: unknown[] = []
  let laterMs = 0
  const parts: AdminParts = {
    version: '1.2.3',
    existing: () => Promise.resolve(opened),
    opened: () => Promise.resolve(opened),
    explain: ({ name }) => Promise.resolve({ path: name, query: '', routes: [] }),
    async impact(edits) {
      return {
        problems: live.problemsOf(edits),
        devices: live.impactOf(edits),
        files: { compared: 0, left: 0, files: [] },
      }
    },
    leased: () => Promise.resolve(),
    text: undefined,
    onFailure: (error) => failures.push(error),
    now: () => Date.now() + laterMs,
    ...more,
    feed,
  }
  const api = createApi(parts)
  const socket: Entrance = { kind: 'socket' }
  const fetched = await api.request('/api/v1/openapi.json', {}, { entrance: socket })
  const document = (await fetched.json()) as ApiDocument
  const covered = new Set<string>()
  return {
    opened,
    feed,
    failures,
    covered,
    document,
    later: (ms) => (laterMs += ms),
    async ask(method, path, init = {}) {
      const { json, headers = {}, entrance = socket, body = textOf(json) } = init
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const sent = { host: 'localhost', ...(body === undefined ? {} : { 'content-type': type }) }
      const request = new Request(`http://localhost/api/v1/${path}`, {
        method,
        headers: { ...sent, ...headers },
        ...(body === undefined ? {} : { body }),
      })
      const response = await api.fetch(request, { entrance })
      await compare(response, { document, covered, method, url: new URL(request.url) })
      return response
    },
    async token(role) {
      const { stored, token } = newAccessToken({ label: `a ${role}`, role }, Date.now())
      await store.tokens.add(stored)
      return token
    },
    async [Symbol.asyncDispose]() {
      feed.close()
      await live[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function textOf(json: unknown): string | undefined {
  return json === undefined ? undefined : JSON.stringify(json)
}

/** Fails where a response is not what the document says. */
async function compare(
  response: Response,
  asked: {
    readonly document: ApiDocument
    readonly covered: Set<string>
    readonly method: string
    readonly url: URL
  },
): Promise<void> {
  const { document, covered, method, url } = asked
  const template = Object.keys(document.paths)
    .filter((path) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(url.pathname))
    .sort((one, other) => one.split('{').length - other.split('{').length)[0]
  const operation = document.paths[template ?? '']?.[method.toLowerCase()]
  if (template === undefined || operation === undefined) return
  const described = operation.responses[response.status] ?? operation.responses['default']
  if (response.ok) {
    assert.ok(operation.responses[response.status], `${method} ${template}: ${response.status}`)
    covered.add(`${method} ${template}`)
  }
  const type = response.headers.get('content-type')?.split(';')[0] ?? ''
  if (!type.includes('json')) return
  const schema = described?.content?.[type]?.schema
  assert.ok(schema, `${method} ${template} answers ${response.status} with ${type}`)
  // A stream is not read twice.
  assertMatches(await response.clone().json(), schema, document)
}

/** Fails where a value is not what a schema of the document says. */
export function assertMatches(value: unknown, schema: JsonSchema, document: ApiDocument): void {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas })
  const own = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as object
  const { error } = z.fromJSONSchema(own as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value)
  assert.equal(error, undefined, `${error?.message}: ${JSON.stringify(value)}`)
}
