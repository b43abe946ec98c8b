import { isOwnOrigin } from '../core/own-origin.ts'
import type { Received } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import type { MatchOrigin } from './origin-list.ts'

/**
 * Refuses a call that a page of another site makes with the cookies of a visitor (`GUARD_CSRF`). For writing calls of
 * ambient schemes: the browser must say that the page is our own (`Sec-Fetch-Site` or `Origin`), or of an origin that
 * CORS allows with credentials (`cors.withCredentials`). A call that says neither is refused too.
 */
export function checkCrossSite(received: Received, withCredentials: MatchOrigin | null): Refusal | null {
  const site = received.header('sec-fetch-site')
  // `none` is the visitor alone: the address bar, a bookmark. Pages cannot set this header.
  if (site === 'same-origin' || site === 'none') return null
  const origin = received.header('origin')
  if (site === undefined && origin !== undefined && isOwnOrigin(received, origin)) return null
  if (origin !== undefined && withCredentials?.(origin) === true) return null
  const reason = `site ${site ?? 'unknown'}, origin ${origin ?? 'unknown'}`
  return new Refusal('GUARD_CSRF', { reason })
}
