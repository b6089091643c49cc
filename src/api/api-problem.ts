import { HTTPException } from 'hono/http-exception'
import { Refusal } from '../base/refusal.ts'
import { SecretError, type SecretErrorCode } from '../store/secrets/secret-error.ts'
import { StoreError, type StoreErrorCode } from '../store/store.ts'

/** Statuses of what goes wrong. */
type ProblemStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 409
  | 412
  | 413
  | 415
  | 421
  | 422
  | 429
  | 500
  | 501
  | 503
  | 507

/** One thing wrong in what was sent. */
export interface ProblemDetail {
  readonly code: string
  readonly message: string
  /** Where in the body: a JSON Pointer, empty for the whole. */
  readonly path?: string
}

/** An expected failure, as it is answered. @see RFC 9457 */
export class ApiProblem extends Error {
  readonly status: ProblemStatus
  readonly code: string
  /** All that is wrong, when it is several things. */
  readonly problems: readonly ProblemDetail[]
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: ProblemStatus,
    code: string,
    detail: string,
    more: {
      readonly problems?: readonly ProblemDetail[]
      readonly headers?: Readonly<Record<string, string>>
      readonly cause?: unknown
    } = {},
  ) {
    super(detail, { cause: more.cause })
    this.name = 'ApiProblem'
    this.status = status
    this.code = code
    this.problems = more.problems ?? []
    this.headers = more.headers ?? {}
  }

  /** `application/problem+json`. */
  toResponse(): Response {
    const { status, code, problems, message } = this
    const body = { type: 'about:blank', title: titles[status], status, code, detail: message }
    const listed = problems.length === 0 ? {} : { problems: problems.map(plain) }
    const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
    return new Response(JSON.stringify({ ...body, ...listed }), {
      status,
      headers: { ...headers, ...this.headers },
    })
  }
}

/** Says that there is none of that name. */
export function missing(what: string, name: string): ApiProblem {
  return new ApiProblem(404, 'NOT_FOUND', `There is no ${what} "${name}"`)
}

/** Says everything that is wrong with what was sent. */
export function refused(problems: readonly ProblemDetail[]): ApiProblem {
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  const detail = `${first?.message ?? 'Found something that is not allowed'}${more}`
  return new ApiProblem(422, first?.code ?? 'BODY_WRONG', detail, { problems })
}

/** What any error is answered with; undefined when it is no fault of who asked, and unexpected. */
export function problemOf(error: unknown): ApiProblem | undefined {
  if (error instanceof ApiProblem) return error
  if (error instanceof StoreError) {
    return new ApiProblem(storeStatus[error.code], error.code, error.message)
  }
  if (error instanceof SecretError) {
    return new ApiProblem(secretStatus[error.code], `SECRET_${error.code}`, error.message)
  }
  if (error instanceof Refusal) return new ApiProblem(422, error.code, error.message)
  if (error instanceof HTTPException && error.status === 400) {
    return new ApiProblem(400, 'JSON_WRONG', 'The body is not JSON')
  }
  return undefined
}

const storeStatus = {
  CONFLICT: 409,
  DUPLICATE: 409,
  TOO_NEW: 503,
  DAMAGED: 503,
  DISK_FULL: 507,
  UNREACHABLE: 503,
  CLOSED: 503,
} as const satisfies Record<StoreErrorCode, ProblemStatus>

const secretStatus = {
  KEY_MISSING: 503,
  KEY_INVALID: 503,
  KEY_WRONG: 503,
  DAMAGED: 503,
  NOT_ALLOWED: 422,
} as const satisfies Record<SecretErrorCode, ProblemStatus>

const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
} as const satisfies Record<ProblemStatus, string>

function plain({ code, message, path }: ProblemDetail): ProblemDetail {
  return { code, message, ...(path === undefined ? {} : { path }) }
}
