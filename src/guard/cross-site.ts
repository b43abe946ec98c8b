import type { Received } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import type { MatchOrigin } from './origin-list.ts'

/**
 * True when the page that makes the call is of this very host: the same host and port, and not plain HTTP where the
 * call came over TLS. False without an `Origin` header.
 */
export function isOwnOrigin(received: Received): boolean {
  const origin = received.header('origin')
  if (origin === undefined || received.host === '') return false
  // Where TLS ends at a proxy that nobody declared we see HTTP: then either scheme is our own.
  const schemes = received.peer.isSecure ? ['https'] : ['http', 'https']
  return schemes.some((scheme) => originOf(scheme, received.host) === origin)
}

function originOf(scheme: string, host: string): string | null {
  const url = `${scheme}://${host}`
  return URL.canParse(url) ? new URL(url).origin : null
}

/**
 * Refuses a call that a page of another site makes with the cookies of a visitor (`GUARD_CSRF`). For writing calls of
 * ambient schemes: the browser must say that the page is our own (`Sec-Fetch-Site` or `Origin`), or of an origin that
 * CORS allows with credentials (`cors.withCredentials`). A call that says neither is refused too.
 */
export function checkCrossSite(received: Received, withCredentials: MatchOrigin | null): Refusal | null {
  const site = received.header('sec-fetch-site')
  // `none` is the visitor alone: the address bar, a bookmark. Pages cannot set this header.
  if (site === 'same-origin' || site === 'none') return null
  if (site === undefined && isOwnOrigin(received)) return null
  const origin = received.header('origin')
  if (origin !== undefined && withCredentials?.(origin) === true) return null
  const reason = `site ${site ?? 'unknown'}, origin ${origin ?? 'unknown'}`
  return new Refusal('GUARD_CSRF', { reason })
}
