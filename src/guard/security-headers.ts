/** What decides about the headers of a route; all of it is known at boot. */
export interface SecurityHeaderFacts {
  /** True where clients reach the app by TLS: adds HSTS, which browsers ignore on plain HTTP. */
  readonly isSecure: boolean
  /** True where the rule is `OPEN`: then caches may keep the reply, by what the handler says. */
  readonly isOpen: boolean
  /** True where pages of other origins may read or embed the reply (a CORS declaration). */
  readonly isCrossOrigin: boolean
}

/** Two years, subdomains included. */
const HSTS = 'max-age=63072000; includeSubDomains'
/** A reply of an API is data: shown as a page it may load nothing, and nothing may frame it. */
const API_POLICY: string = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * Headers of every reply of an API: name, value, name, value, ready for a `HeadBlock`. A reply that says its own
 * `cache-control` or `content-security-policy` needs a block without ours (`withoutHeaders`).
 */
export function apiHeaders(facts: SecurityHeaderFacts): readonly string[] {
  return [...commonHeaders(facts), 'content-security-policy', API_POLICY, ...cacheHeaders(facts)]
}

/** Headers of every page; its `content-security-policy` comes from `compilePagePolicy`, since it has a nonce. */
export function pageHeaders(facts: SecurityHeaderFacts): readonly string[] {
  return [
    ...commonHeaders(facts),
    'permissions-policy',
    'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
    ...cacheHeaders(facts),
  ]
}

/** The pairs without those of some names (lower-case). */
export function withoutHeaders(pairs: readonly string[], names: readonly string[]): readonly string[] {
  return pairs.filter((_text, i) => !names.includes(pairs[i - (i % 2)] ?? ''))
}

function commonHeaders({ isSecure, isCrossOrigin }: SecurityHeaderFacts): readonly string[] {
  return [
    'x-content-type-options',
    'nosniff',
    // Not `no-referrer`: with it a form of our own is sent with `Origin: null`, and where a browser says nothing else of
    // where it comes from (plain HTTP, but for localhost) it could not be told from one of another site.
    'referrer-policy',
    'same-origin',
    'cross-origin-opener-policy',
    'same-origin',
    'cross-origin-resource-policy',
    isCrossOrigin ? 'cross-origin' : 'same-origin',
    ...(isSecure ? ['strict-transport-security', HSTS] : []),
  ]
}

// What only some may see must not stay in a cache that others read.
function cacheHeaders({ isOpen }: SecurityHeaderFacts): readonly string[] {
  return isOpen ? [] : ['cache-control', 'private, no-store']
}
