/** Whom a limit counts: a known user (by address while nobody is known), or the address of the peer. */
export type RateSubject = 'user' | 'address'

/** So many calls in a window that starts with the first call of each subject: made by `perMinute(60)`. */
export interface RateLimit {
  readonly calls: number
  readonly windowMs: number
  readonly by: RateSubject
  readonly whenAway: 'open' | 'closed'
}

/** Which pages of other origins may read the replies of a route (Fetch standard, section "CORS protocol"). */
export interface CorsDeclaration {
  /** Origins (`https://app.example`), all subdomains (`https://*.app.example`), or `*` alone. */
  readonly origins: readonly string[]
  /** True lets those pages send cookies and other credentials of the browser; never with `*`. */
  readonly credentials?: boolean
  /** How long a browser may keep the answer to a preflight; 600 by default. */
  readonly maxAgeSeconds?: number
  /** Response headers that those pages may read, beside the usual ones. */
  readonly exposedHeaders?: readonly string[]
}

/** Limits that several routes share: those of an app, of a module, or of one route. */
export interface SharedLimits {
  /** What counts, the same in all processes and different for each: `app`, `/cmp`, `GET /stuff`. */
  readonly name: string
  readonly limits: readonly RateLimit[]
}

/** The limits of a declaration as a list. */
export function listLimits({ limit }: GuardSpec): readonly RateLimit[] {
  if (limit === undefined) return []
  return isList(limit) ? limit : [limit]
}

/** What is no list is one limit, or nothing that boot accepts. */
function isList(limit: RateLimit | readonly RateLimit[]): limit is readonly RateLimit[] {
  return Array.isArray(limit)
}

/** What protects a route from too many calls, from pages of other sites, and from doing the same work twice. */
export interface GuardSpec {
  /** How often it may be called: `perMinute(60)`, `perHour(5, { by: 'address' })`; several at once as a list. */
  readonly limit?: RateLimit | readonly RateLimit[]
  /** Pages of other origins that may read the replies; none when absent. */
  readonly cors?: CorsDeclaration
  /** Deadline of a call in milliseconds, `seconds(5)`: 503 and `call.signal` after it. */
  readonly timeout?: number
  /** The same `Idempotency-Key` gives the same answer, and the work is done once; `required` refuses a call without. */
  readonly idempotent?: boolean | 'required'
  /** True: served even while the server is overloaded, such as what a load balancer or an operator asks. */
  readonly essential?: boolean
}
