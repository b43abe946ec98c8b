import type { Refusal } from '../core/refusal.ts'
import { NotFresh } from './fresh.ts'

/** A quoted string (RFC 9110 section 5.6.4); what a header cannot hold becomes a question mark. */
export function quoted(text: string): string {
  return `"${text.replace(/[^\t\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`
}

/** The challenge of bearer tokens (RFC 6750 section 3, RFC 9470 section 3). */
export function bearerChallenge(realm: string, refusal?: Refusal): string {
  const start = `Bearer realm=${quoted(realm)}`
  if (refusal === undefined || refusal.status !== 401 || refusal.code === 'AUTHN_MISSING') return start
  if (refusal.code !== 'AUTHN_NOT_FRESH') return `${start}, error="invalid_token"`
  const maxAge = refusal instanceof NotFresh ? `, max_age="${refusal.maxAgeS}"` : ''
  return `${start}, error="insufficient_user_authentication"${maxAge}`
}
